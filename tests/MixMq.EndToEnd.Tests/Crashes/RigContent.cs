using System.Buffers.Binary;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>A message's content says which one it is, and all of it follows from that: of one packet or of several, as the number has it.</summary>
internal static class RigContent
{
    private const int HeaderBytes = 8;
    private const int MostBytes = 6000;

    public static byte[] Create(int conversation, int number)
    {
        var random = new Random(HashCode(conversation, number));
        // One in four needs several packets.
        var content = new byte[HeaderBytes + random.Next(random.Next(4) == 0 ? MostBytes : 1000)];
        random.NextBytes(content);
        BinaryPrimitives.WriteInt32LittleEndian(content, conversation);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(4), number);
        return content;
    }

    /// <summary>Which one it is, and whether it is as it was made.</summary>
    public static (int Conversation, int Number, bool Intact) Read(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderBytes)
            return (0, 0, false);
        var conversation = BinaryPrimitives.ReadInt32LittleEndian(content);
        var number = BinaryPrimitives.ReadInt32LittleEndian(content[4..]);
        return (conversation, number, content.SequenceEqual(Create(conversation, number)));
    }

    private static int HashCode(int conversation, int number) => unchecked((conversation * 1_000_003) + number);
}
