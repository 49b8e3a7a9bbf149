using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace MixMq.Contracts.Wire;

/// <summary>Writes length-prefixed messages; see <see cref="FrameReader"/> for the bytes.</summary>
internal static class Frame
{
    public const int PrefixBytes = 5;

    /// <summary>Writes prefix and message without an intermediate copy.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the message is over the limit; nothing was written.</exception>
    public static void Write(IBufferWriter<byte> output, IMessage message, int maxMessageBytes)
    {
        var length = message.CalculateSize();
        if (length > maxMessageBytes)
            throw new RpcException(GrpcStatusCode.ResourceExhausted, $"The message is {length} bytes; at most {maxMessageBytes} are sent.");
        var prefix = output.GetSpan(PrefixBytes);
        prefix[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], (uint)length);
        output.Advance(PrefixBytes);
        message.WriteTo(output);
    }
}
