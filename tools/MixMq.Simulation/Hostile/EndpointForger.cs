using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay.Links;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Hostile;

/// <summary>
/// Writes to endpoints in the name of others, by the tables of spec/07: fragments, tombstones and acknowledgements of conversations whose names anyone
/// can guess, with tags and signatures that it can't know. In its own name it writes messages that are right but for their content.
/// </summary>
public sealed class EndpointForger : HostileBehaviour
{
    private const byte Fragment = 1;
    private const byte Acknowledgement = 2;
    private const byte Tombstone = 3;
    /// <summary>Content that comes with an envelope, signed and all, that names another one: nobody may take it in.</summary>
    public static ReadOnlySpan<byte> Unnamed => "not what was signed"u8;

    private static readonly string[] Names = ["", "invoices", "orders", "unheard of"];

    public override void Begin() => Often(0.6, () =>
    {
        SimNode[] endpoints = [.. World.Nodes.Where(node => node.Endpoint is not null)];
        if (endpoints.Length < 2)
        {
            return;
        }

        var (to, from) = (Random.Pick(endpoints), Random.Pick(endpoints));
        var view = Peer.Core.View;
        if (to != from && PathTo(view, to.Address) is { } path)
        {
            Send(path, Random.Below(3) == 0 ? Acknowledge(from) : Random.Below(3) == 0 ? Write(Peer, to) : Write(from, to));
        }
    });

    private byte[] Write(SimNode from, SimNode to)
    {
        var type = Random.Chance(0.2) && from != Peer ? Tombstone : Fragment;
        var name = Random.Pick(Names);
        var sequence = (ulong)(1 + Random.Below(30));
        var id = new byte[MessageId.ByteCount];
        var secret = new byte[ConversationSecret.ByteCount];
        Random.Fill(id);
        Random.Fill(secret);
        byte[] bytes = Random.Chance(0.5) || from == Peer ? Envelope(from, to, name, sequence, id, secret, type) : [1, 2, 3];
        var body = new byte[104 + bytes.Length];
        from.Address.CopyTo(body);
        ConversationId.OfName(name).CopyTo(body.AsSpan(32));
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(48), sequence);
        id.CopyTo(body.AsSpan(56));
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(72), Random.Chance(0.5) ? 1 : sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(84), 1);
        bytes.CopyTo(body.AsSpan(104));

        // The tag is right for the secret in the envelope: only the signature is wrong then, in a conversation that isn't known yet.
        byte[] tagged = [.. "MixMq-fragment-v1"u8, .. secret, type, .. body.AsSpan(0, 88), .. bytes];
        Shake256.HashData(tagged, MessagingConstants.TagBytes).CopyTo(body.AsSpan(88));
        return Frame(type, body);
    }

    private byte[] Envelope(SimNode from, SimNode to, string name, ulong sequence, byte[] id, byte[] secret, byte type)
    {
        var content = type == Tombstone ? [] : from == Peer ? Unnamed.ToArray() : "forged"u8.ToArray();
        var text = Encoding.UTF8.GetBytes(name);
        var envelope = new byte[259 + text.Length];
        envelope[0] = type == Tombstone ? (byte)2 : (byte)1;
        from.Address.CopyTo(envelope.AsSpan(1));
        to.Address.CopyTo(envelope.AsSpan(33));
        id.CopyTo(envelope.AsSpan(65));
        ConversationId.OfName(name).CopyTo(envelope.AsSpan(81));
        BinaryPrimitives.WriteUInt64LittleEndian(envelope.AsSpan(97), sequence);
        BinaryPrimitives.WriteInt64LittleEndian(envelope.AsSpan(105), Peer.Now.UnixMillis);
        BinaryPrimitives.WriteInt64LittleEndian(envelope.AsSpan(113), Peer.Now.UnixMillis + 600_000);
        secret.CopyTo(envelope.AsSpan(121));
        BinaryPrimitives.WriteUInt64LittleEndian(envelope.AsSpan(153), (ulong)content.Length);
        if (type != Tombstone)
        {
            SHA256.HashData(from == Peer ? "what was signed"u8 : content).CopyTo(envelope.AsSpan(161));
        }

        envelope[194] = (byte)text.Length;
        text.CopyTo(envelope.AsSpan(195));
        Peer.SignWithOwnKey([.. "MixMq-envelope-v1"u8, .. Peer.Parameters.Definition.Id, .. envelope.AsSpan(0, envelope.Length - 64)], envelope.AsSpan(envelope.Length - 64));
        return [.. envelope, .. content];
    }

    private byte[] Acknowledge(SimNode from)
    {
        var body = new byte[83];
        from.Address.CopyTo(body);
        ConversationId.OfName(Random.Pick(Names)).CopyTo(body.AsSpan(32));
        Random.Fill(body.AsSpan(48, MessagingConstants.TagBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(64), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(72), (ulong)(1 + Random.Below(40)));
        return Frame(Acknowledgement, body);
    }

    private static byte[] Frame(byte type, byte[] body)
    {
        var frame = new byte[3 + body.Length];
        frame[0] = type;
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(1), (ushort)body.Length);
        body.CopyTo(frame.AsSpan(3));
        return frame;
    }

    /// <summary>A shortest way over the view's links from one of the peer's own; packets needn't have the network's length to be taken.</summary>
    private PathHop[]? PathTo(TopologyView view, NodeAddress to)
    {
        if (!view.TryFind(Peer.Address, out var own) || !view.TryFind(to, out var target))
        {
            return null;
        }

        var epoch = EpochClock.EpochAt(Peer.Parameters, Peer.Now.UnixMillis);
        var previous = new Dictionary<int, int> { [own] = own };
        var waiting = new Queue<int>([own]);
        while (waiting.TryDequeue(out var at) && !previous.ContainsKey(target))
        {
            foreach (var next in view.Nodes[at].Links)
            {
                if ((next == target || view.Nodes[next].Relays) && previous.TryAdd(next, at))
                {
                    waiting.Enqueue(next);
                }
            }
        }

        var path = new List<PathHop>();
        for (var at = target; at != own; at = previous[at])
        {
            if (!previous.ContainsKey(at) || !view.TryGetMixKey(at, epoch, out var key))
            {
                return null;
            }

            path.Insert(0, new PathHop(view.Nodes[at].Address, key, 0));
        }

        return path.Count > Peer.Parameters.Definition.Geometry.Hops ? null : [.. path];
    }

    private void Send(PathHop[] path, byte[] message)
    {
        var cell = new byte[Peer.Parameters.CellBytes];
        cell[0] = (byte)CellType.Packet;
        if (World.Network.Find(path[0].Address) is { } first
            && World.Crypto.Wrap(Peer.Parameters.Definition, path, message, Random, cell.AsSpan(1)) == WrapResult.Wrapped)
        {
            _ = Peer.Inject(first, cell);
        }
    }
}
