using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Tests;

/// <summary>Values that are told apart by a number. Texts hold what a careless store spoils: nothing, U+0000, letters of two to four bytes.</summary>
internal static class Sample
{
    public static readonly NodeAddress Peer = Address(1);

    public static readonly ConversationId Conversation = ConversationId.OfName("orders");

    private static readonly string[] Texts = ["", "invoice", "nul\0inside", "Größe 中 \U0001F4E6", " '; DROP TABLE inbox; --"];

    public static NodeAddress Address(int number) => NodeAddress.FromBytes(Bytes(number, NodeAddress.ByteLength));

    public static MessageId Id(int number) => MessageId.FromBytes(Bytes(number, MessageId.ByteCount));

    public static CheckpointId CheckpointId(int number) => MixMq.Endpoint.Messaging.CheckpointId.FromBytes(Bytes(number, MixMq.Endpoint.Messaging.CheckpointId.ByteCount));

    public static ConversationSecret Secret(int number) => ConversationSecret.FromBytes(Bytes(number, ConversationSecret.ByteCount));

    public static string Text(int number) => Texts[number % Texts.Length];

    public static Place Place(ulong sequence) => new(Peer, Conversation, sequence);

    public static byte[] Bytes(int number, int length)
    {
        var bytes = new byte[length];
        if (length >= sizeof(int))
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(length - sizeof(int)), number);
        }

        return bytes;
    }

    public static StoreOperation.OpenOutboundConversation OpenOutbound(ulong next = 1) => new(Peer, Conversation, "orders", Secret(7), next);

    public static StoreOperation.AppendOutbox AppendOutbox(int id, ulong sequence, int contentLength = 5) => new(
        new OutboxEntry
        {
            Id = Id(id),
            Recipient = Peer,
            Conversation = Conversation,
            Sequence = sequence,
            Envelope = Bytes(id, 300),
            Label = Text(id),
            ContentLength = contentLength,
            CreatedUnixMillis = 1_000 + id,
            ExpiresUnixMillis = 2_000 + id,
        },
        Bytes(id, contentLength));

    public static StoreOperation.UpsertInboundConversation Inbound(ulong watermark = 0, ulong lowest = 1, params ulong[] tombstones) =>
        new(new InboundConversationState(Peer, Conversation, "orders", Secret(8), watermark, lowest, [.. tombstones]));

    public static StoreOperation.AppendInbox Ready(ulong sequence, ulong position, int contentLength = 5) =>
        new(Entry((int)sequence, Place(sequence), contentLength, position));

    public static StoreOperation.AppendInbox Held(ulong sequence, int contentLength = 5) => new(Entry((int)sequence, Place(sequence), contentLength, 0));

    public static InboxEntry Entry(int number, Place place, int contentLength, ulong position, bool tombstone = false) => new()
    {
        Place = place,
        ConversationName = Text(number + 1),
        Id = Id(number),
        Label = Text(number),
        CreatedUnixMillis = 3_000 + number,
        ExpiresUnixMillis = 4_000 + number,
        Content = tombstone ? ReadOnlyMemory<byte>.Empty : Bytes(number, contentLength),
        Tombstone = tombstone,
        State = position == 0 ? InboxState.Held : InboxState.Ready,
        Position = position,
        ReceivedUnixMillis = 5_000 + number,
    };

    public static StoreOperation.OpenPartial OpenPartial(ulong sequence, int fragments, int contentLength = 10) =>
        new(Place(sequence), Id((int)sequence), Bytes((int)sequence, 200), contentLength, fragments);

    /// <summary>A partial in parts: its envelope has 200 bytes, its pieces 250, so its first fragment has 50 of the content and the others 250.</summary>
    public static StoreOperation.OpenPartial OpenParted(ulong sequence, int fragments) =>
        new(Place(sequence), Id((int)sequence), Bytes((int)sequence, 200), (250 * fragments) - 200, fragments, 250);

    /// <summary>A fragment of that.</summary>
    public static StoreOperation.PutFragment Piece(ulong sequence, int index) => new(Place(sequence), index, Bytes((10 * (int)sequence) + index, index == 0 ? 50 : 250));

    /// <summary>The entry that takes over that partial's content.</summary>
    public static StoreOperation.AppendInbox Parted(ulong sequence, ulong position, int fragments) =>
        new(Entry((int)sequence, Place(sequence), 0, position) with { PartedContentBytes = (250 * fragments) - 200 });

    /// <summary>An outbox entry whose content was staged under its id.</summary>
    public static StoreOperation.AppendOutbox AppendStaged(int id, ulong sequence, long contentLength)
    {
        StoreOperation.AppendOutbox append = AppendOutbox(id, sequence, 0);
        return append with { Entry = append.Entry with { ContentLength = contentLength, InParts = true } };
    }

    public static StoreOperation.PutFragment Fragment(ulong sequence, int index, params byte[] content) => new(Place(sequence), index, content);
}
