using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// The frames with which endpoints compare views. Bit 0 of the first byte: items, otherwise a summary; bit 1: it also goes to a node that sends in that
/// conversation, with names and tag made right.
/// </summary>
internal sealed class ViewTarget : FuzzTarget
{
    private const byte AreItems = 1, IsReceived = 2;

    public override string Name => "view";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Endpoint.Messaging.Wire.ViewSummary::", "MixMq.Endpoint.Messaging.Wire.ViewItems::TryRead", "MixMq.Endpoint.Messaging.Wire.ViewItems::Write",
        "MixMq.Endpoint.Messaging.Wire.ViewItem::Try", "MixMq.Endpoint.Messaging.Wire.ViewChannel::Try", "MixMq.Endpoint.Messaging.Wire.ViewChannel::HasTag",
        "MixMq.Endpoint.Messaging.Views.ViewAnswerer::Handle", "MixMq.Endpoint.Messaging.Views.ViewExchange::HandleItems",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("summary", [0, .. Summary()]),
        ("summary-received", [IsReceived, .. Summary()]),
        ("no-items", [AreItems, .. Items()]),
        ("items", [AreItems, .. Items(SmallNetwork.Address(0x41), SmallNetwork.Address(1))]),
        ("items-received", [AreItems | IsReceived, .. Items(SmallNetwork.Address(1))]),
        ("items-out-of-order", [AreItems, .. Items(SmallNetwork.Address(1), SmallNetwork.Address(0x41))]),
        ("short", [0, 1, 2, 3]),
    ];

    private static ViewChannel Channel => new(MessagingSeat.Peer, IsSenders: false, ConversationId.OfName(MessagingSeat.Conversation));

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var areItems = (flags & AreItems) != 0;
        var type = areItems ? FrameType.ViewItems : FrameType.ViewSummary;
        var body = choices.Rest.ToArray();
        if (body.Length >= ViewChannel.AfterTag)
        {
            if ((flags & IsReceived) != 0)
            {
                var writer = new WireWriter(body);
                Channel.Write(ref writer);
            }

            ViewChannel.SetTag(type, body, MessagingSeat.Secret);
        }

        if ((flags & IsReceived) != 0)
        {
            Receive(type, body);
        }

        return areItems ? IsItems(body) : IsSummary(body);
    }

    private static void Receive(FrameType type, byte[] body)
    {
        var seat = new MessagingSeat(new EndpointState
        {
            OutboundConversations =
            [
                new(MessagingSeat.Peer, ConversationId.OfName(MessagingSeat.Conversation), MessagingSeat.Conversation, MessagingSeat.Secret, 1),
            ],
        });
        seat.Hand(type, body);
        InvariantException.Require(seat.Sent <= 1, "A frame has at most one answer.");
        seat.Advance(60_000_000);
    }

    private static bool IsSummary(byte[] body)
    {
        if (!ViewSummary.TryRead(body, out var summary))
        {
            return false;
        }

        var again = new byte[ViewSummary.ByteCount];
        summary.Write(again, MessagingSeat.Secret);
        InvariantException.Require(again.AsSpan().SequenceEqual(body), "A summary that is taken is canonical.");
        return true;
    }

    private static bool IsItems(byte[] body)
    {
        if (!ViewItems.TryRead(body, new ViewItem[byte.MaxValue], out var items))
        {
            return false;
        }

        var again = new byte[body.Length];
        InvariantException.Require(items.Write(again, MessagingSeat.Secret) == body.Length, "Items that are taken have their length.");
        InvariantException.Require(again.AsSpan().SequenceEqual(body), "Items that are taken are canonical.");
        return true;
    }

    private static byte[] Summary()
    {
        var body = new byte[ViewSummary.ByteCount];
        new ViewSummary
        {
            Channel = Channel,
            Nonce = ExchangeNonce.FromBytes(SmallNetwork.Bytes(ExchangeNonce.ByteCount, 3)),
            UnixMillis = VirtualTime.StartUnixMillis,
            Records = 7,
            After = default,
            Digests = SmallNetwork.Bytes(ViewBuckets.SummaryBytes, 5),
        }.Write(body, MessagingSeat.Secret);
        return body;
    }

    private static byte[] Items(params NodeAddress[] addresses)
    {
        var body = new byte[ViewItems.FixedBytes + (addresses.Length * ViewItem.ByteCount)];
        var items = new ViewItems
        {
            Channel = Channel,
            Nonce = ExchangeNonce.FromBytes(SmallNetwork.Bytes(ExchangeNonce.ByteCount, 3)),
            UnixMillis = VirtualTime.StartUnixMillis,
            Records = 7,
            Differing = ulong.MaxValue,
            After = default,
            More = addresses.Length > 1,
            Items = [.. addresses.Select(address => new ViewItem(address, 1, 2, 3, 4))],
        };
        items.Write(body, MessagingSeat.Secret);
        return body;
    }
}
