using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// A link-state record. Bit 0 of the first byte: it is made its signer's and signed again, after the fuzzer's changes. Bit 1: its signature and
/// keys are checked too, which is a thousand times dearer than the parsing.
/// </summary>
internal sealed class LinkStateTarget : FuzzTarget
{
    private const int AddressOffset = 1;
    private static readonly NodeAddress Signer = SmallNetwork.AddressOfSeed(1);

    public override string Name => "link-state";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Topology.LinkStateParser::Parse", "MixMq.Overlay.Topology.LinkStateParser::Read", "MixMq.Overlay.Topology.LinkStateParser::Check",
        "MixMq.Overlay.Topology.LinkStateParser::IsText", "MixMq.Overlay.Topology.LinkStateParser::AfterMixKeys", "MixMq.Overlay.Topology.LinkStateRecord::TryParse", "MixMq.Overlay.Topology.LinkStateRecord::Verify",
        "MixMq.Overlay.Topology.LinkStateRecord::HashOf", "MixMq.Overlay.Topology.WireReader::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("small", [0, .. Record(Draft())]),
        ("full", [0, .. Record(Full())]),
        ("verified", [2, .. Record(Full())]),
        ("signed-again", [3, .. Record(Full())]),
        ("key-off-the-curve", [3, .. Record(Draft() with { MixKeys = [new(7, MixPublicKey.FromBytes(SmallNetwork.Bytes(32, 9)))] })]),
        ("long", [0, .. Record(Draft() with { Neighbours = [.. Enumerable.Range(0, 70).Select(i => SmallNetwork.Address((byte)(i + 2)))] })]),
        ("key-twice", [0, .. Record(Draft() with { MixKeys = [Key(7, 40), new(8, Key(7, 40).Key)] })]),
        ("too-long", [0, .. new byte[TopologyLimits.MaxRecordBytes + 1]]),
        ("wrong-version", [0, 2, .. Record(Draft()).AsSpan(1)]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return false;
        }

        var network = SmallNetwork.Definition;
        var encoded = input[1..].ToArray();
        var signs = (input[0] & 1) != 0 && SignAgain(encoded);
        var error = LinkStateRecord.TryParse(encoded, network, out var record);
        InvariantException.Require((error == LinkStateError.None) == (record is not null), "A record that is taken has no error.");
        if (record is null)
        {
            return false;
        }

        InvariantException.Require(encoded.Length <= TopologyLimits.MaxRecordBytes, "A record is no longer than its limit.");
        InvariantException.Require(
            record.MixKeys.Length <= TopologyLimits.MaxMixKeys && record.Neighbours.Length <= TopologyLimits.MaxNeighbours
            && record.Endpoints.Length <= TopologyLimits.MaxEndpoints, "A record's lists are no longer than their limits.");
        var again = LinkStateDraft.Complete(record.Content.ToSignedMessage(network), record.Signature);
        InvariantException.Require(again.AsSpan().SequenceEqual(encoded), "A record that is taken is canonical.");
        if ((input[0] & 2) == 0)
        {
            return true;
        }

        var holds = record.Verify(record.SignedMessage(network));
        InvariantException.Require(
            !signs || holds == record.MixKeys.All(published => published.Key.IsOnCurve), "What its owner signed holds, if its keys are on the curve.");
        return holds;
    }

    internal static LinkStateDraft Draft(byte signer = 1, ulong sequence = 5) => new()
    {
        Address = SmallNetwork.AddressOfSeed(signer),
        Sequence = sequence,
        IssuedUnixMillis = VirtualTime.StartUnixMillis,
        ExpiresUnixMillis = VirtualTime.StartUnixMillis + 3_600_000,
    };

    internal static byte[] Record(LinkStateDraft draft, byte signer = 1)
    {
        var message = draft.ToSignedMessage(SmallNetwork.Definition);
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(SmallNetwork.Seed(signer), message, signature);
        return LinkStateDraft.Complete(message, signature);
    }

    private static LinkStateDraft Full() => Draft() with
    {
        Flags = LinkStateFlags.Relays | LinkStateFlags.Reachable,
        MixKeys = [Key(7, 40), Key(8, 50)],
        Neighbours = [SmallNetwork.Address(2), SmallNetwork.Address(3), SmallNetwork.Address(4)],
        Endpoints = ImmutableArray.Create("a.example:7400", "ü.example:7400"),
    };

    private static PublishedMixKey Key(uint epoch, byte secret)
    {
        var key = new byte[X25519.KeyBytes];
        X25519.DerivePublic(SmallNetwork.Bytes(32, secret), key);
        return new PublishedMixKey(epoch, MixPublicKey.FromBytes(key));
    }

    private static bool SignAgain(byte[] encoded)
    {
        if (encoded.Length < AddressOffset + NodeAddress.ByteLength + Ed25519.SignatureBytes)
        {
            return false;
        }

        Signer.CopyTo(encoded.AsSpan(AddressOffset));
        Ed25519.Sign(
            SmallNetwork.Seed(1),
            [.. LinkStateRecord.SignatureLabel, .. SmallNetwork.Definition.Id, .. encoded.AsSpan(0, encoded.Length - Ed25519.SignatureBytes)],
            encoded.AsSpan(encoded.Length - Ed25519.SignatureBytes));
        return true;
    }
}
