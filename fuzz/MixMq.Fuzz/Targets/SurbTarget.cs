using System.Buffers.Binary;
using MixMq.Crypto;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// A SURB. Bit 0 of the first byte: what follows is the text of a reply, sealed under the right key and opened by its maker; otherwise it is a
/// SURB from anyone, used at once. Bit 1: the reply isn't sealed again. Bit 2: the SURB is filled up with zeros.
/// </summary>
internal sealed class SurbTarget : FuzzTarget, IDisposable
{
    private const byte Opens = 1, LeavesAsItIs = 2, FillsUp = 4;
    private const uint Now = 1_800_000_000;
    private static readonly byte[] Secret = SmallNetwork.Bytes(Surb.SecretBytes, 5);
    private static readonly byte[] Alpha = SmallNetwork.Bytes(X25519.KeyBytes, 6);
    private static readonly SurbId Id = SurbId.FromBytes(SmallNetwork.Bytes(SurbId.ByteLength, 7));
    private readonly AeadContext _aead = new();

    public override string Name => "surb";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Sphinx.Sending.Surb::TryUse", "MixMq.Sphinx.Sending.SurbState::TryOpen", "MixMq.Sphinx.Sending.SurbState::Xor", "MixMq.Sphinx.PaddedMessage::",
    ];

    private static NetworkDefinition Network => SmallNetwork.Definition;

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            var surb = MakeSurb();
            yield return ("use", [0, 5, 0, .. "hello"u8, .. surb]);
            yield return ("use-empty", [0, 0, 0, .. surb]);
            yield return ("use-too-long", [FillsUp, 200, 0, .. new byte[200], .. surb]);
            yield return ("use-expired", [FillsUp, 0, 0, PacketFormat.Version]);
            yield return ("use-wrong-version", [FillsUp, 0, 0, 2]);
            yield return ("open", [Opens, .. SlotTarget.Lane(5, "hello"u8, TextBytes)]);
            yield return ("open-unsealed", [Opens | LeavesAsItIs, .. new byte[Network.Geometry.Reply]]);
            yield return ("open-wrong-length", [Opens | LeavesAsItIs, 1, 2, 3]);
        }
    }

    private static int TextBytes => Network.Geometry.Reply - PacketFormat.ReplyNonceBytes - AeadContext.TagBytes;

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        return (flags & Opens) != 0 ? Open(choices.Rest, (flags & LeavesAsItIs) != 0) : Use(ref choices, (flags & FillsUp) != 0);
    }

    public void Dispose() => _aead.Dispose();

    private bool Use(ref FuzzInput choices, bool fillsUp)
    {
        var message = choices.Chunk();
        var wire = choices.Rest.ToArray();
        if (fillsUp && wire.Length < Surb.WireBytes(Network.Geometry))
        {
            Array.Resize(ref wire, Surb.WireBytes(Network.Geometry));
        }

        var packet = new byte[Network.Geometry.PacketBytes];
        var use = Surb.TryUse(Network, wire, message, Now, new FewRandomBytes(3), _aead, packet);
        if (use != SurbUse.Built)
        {
            InvariantException.Require(!packet.AsSpan().ContainsAnyExcept((byte)0), "A refused SURB leaves nothing in the packet.");
            return false;
        }

        InvariantException.Require(wire.Length == Surb.WireBytes(Network.Geometry), "A SURB that is used has the network's length.");
        InvariantException.Require(packet.AsSpan().StartsWith(wire.AsSpan(0, Network.Geometry.HeaderBytes)), "The packet has the SURB's header.");
        InvariantException.Require(Now < BinaryPrimitives.ReadUInt32LittleEndian(wire.AsSpan(wire.Length - 4)), "A SURB that is used hasn't expired.");
        InvariantException.Require(Opened(wire, packet).SequenceEqual(message), "Its maker reads what was written.");
        return true;
    }

    // What the maker has after the last hop, if no hop added a keystream: lane B as it was written.
    private ReadOnlySpan<byte> Opened(ReadOnlySpan<byte> wire, Span<byte> packet)
    {
        using var state = new SurbState(
            Network, Id, Now + 1, wire.Slice(Network.Geometry.HeaderBytes, Surb.SecretBytes), wire.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes));
        var reason = state.TryOpen(packet[Network.Geometry.LaneBOffset..], _aead, out var message);
        InvariantException.Require(reason == DropReason.None, "What a SURB's user wrote opens.");
        return message;
    }

    private bool Open(ReadOnlySpan<byte> text, bool leavesAsItIs)
    {
        var laneB = leavesAsItIs ? text.ToArray() : SealReply(text);
        using var state = new SurbState(Network, Id, Now + 1, Secret, Alpha);
        var reason = state.TryOpen(laneB, _aead, out var message);
        if (reason != DropReason.None)
        {
            InvariantException.Require(message.IsEmpty, "A dropped reply shows nothing.");
            InvariantException.Require(leavesAsItIs || reason != DropReason.AuthenticationFailed, "What was sealed again is authentic.");
            return false;
        }

        InvariantException.Require(!leavesAsItIs, "What nobody sealed doesn't open.");
        InvariantException.Require(message.Length <= Network.Geometry.ReplyCapacity, "A reply is at most its capacity.");
        return true;
    }

    private byte[] SealReply(ReadOnlySpan<byte> text)
    {
        var laneB = new byte[Network.Geometry.Reply];
        var nonce = laneB.AsSpan(0, PacketFormat.ReplyNonceBytes);
        var inside = laneB.AsSpan(PacketFormat.ReplyNonceBytes, TextBytes);
        text[..Math.Min(text.Length, inside.Length)].CopyTo(inside);
        var key = new byte[AeadContext.KeyBytes];
        Shake256Kdf.Derive(key, SphinxLabels.SurbReply, Network.Id, Secret, nonce);
        _aead.Seal(key, Alpha, inside, laneB.AsSpan(laneB.Length - AeadContext.TagBytes));
        return laneB;
    }

    private static byte[] MakeSurb()
    {
        var random = new FewRandomBytes(4);
        var path = new PathHop[3];
        for (var i = 0; i < path.Length; i++)
        {
            using var key = MixKey.Generate(7, 1, random);
            path[i] = new PathHop(SmallNetwork.Address((byte)i), key.Public, 100);
        }

        var wire = new byte[Surb.WireBytes(Network.Geometry)];
        using var writer = new SurbWriter();
        var result = writer.Make(Network, path, Now + 3600, random, wire, out var state);
        state?.Dispose();
        return result == WrapResult.Wrapped ? wire : throw new InvalidOperationException(result.ToString());
    }
}
