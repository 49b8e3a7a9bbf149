using System.Collections.Immutable;
using System.Globalization;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A relay's memory (its core, its mix keys as far as they are managed, its packet buffers) holds nothing of what is sent: no plaintext, no id or secret
/// of a conversation or message; no address that isn't its own, a neighbour's or in a public record; and no address at all in a packet. What it keeps in
/// all stays under a bound. Found by going through the heap, at sampled moments. With the ideal cryptography it means little, since that has no secrets.
/// </summary>
public sealed class RelaysHoldNoSecrets(Exemptions exemptions, int interval) : Invariant(exemptions)
{
    /// <summary>In every 64 bytes of every message that a scenario sends.</summary>
    public static ReadOnlySpan<byte> Marker => "<plaintext>!"u8;

    /// <summary>Objects and bytes that a relay of a small network may hold, its packet buffers apart.</summary>
    private const int MostObjects = 150_000;
    private const long MostBytes = 24 << 20;
    private readonly List<byte[]> _secrets = [];
    private int _samples;
    private int _turn;

    /// <summary>How often a heap was gone through.</summary>
    public int Walks { get; private set; }

    public override void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case StoreOperation.OpenOutboundConversation open:
                    var secret = new byte[ConversationSecret.ByteCount];
                    open.Secret.CopyTo(secret);
                    _secrets.Add(secret);
                    break;
                case StoreOperation.AppendOutbox append:
                    _secrets.Add(append.Entry.Id.ToArray());
                    break;
                default:
                    break;
            }
        }
    }

    public override void Sampled()
    {
        if (interval > 0 && ++_samples % interval == 0)
        {
            SimNode[] relays = [.. World.Nodes.Where(node => node.IsRunning && node.Endpoint is null && IsHonest(node))];
            if (relays.Length > 0)
            {
                Inspect(relays[_turn++ % relays.Length], [node => node.Core, node => node.Pool, node => node.ControlPool]);
            }
        }
    }

    public override void AtTheEnd()
    {
        foreach (var relay in World.Nodes.Where(node => interval > 0 && node.IsRunning && node.Endpoint is null && IsHonest(node)))
        {
            Inspect(relay, [node => node.Core, node => node.Pool, node => node.ControlPool]);
        }
    }

    /// <summary>Goes through what can be reached from some of a relay's objects.</summary>
    public void Inspect(SimNode relay, ReadOnlySpan<Func<SimNode, object>> roots)
    {
        Walks++;
        var known = Known(relay);
        var isPool = false;
        var walk = new HeapWalk
        {
            OnBytes = bytes => CheckBytes(relay, bytes, isPool),
            OnText = text =>
            {
                if (text.Contains("<plaintext>!", StringComparison.Ordinal))
                {
                    Violate($"{relay.Name} holds a message's plaintext as text.");
                }
            },
            OnAddress = address =>
            {
                if (address != default && !known.Contains(address))
                {
                    Violate($"{relay.Name} holds an address that is neither its own nor a neighbour's nor in a public record.");
                }
            },
        };
        foreach (var root in roots)
        {
            var from = root(relay);
            isPool = from is PacketPool;
            walk.From(from);
            if (!isPool && (walk.Objects > MostObjects || walk.Bytes > MostBytes))
            {
                Violate(string.Create(CultureInfo.InvariantCulture, $"{relay.Name} holds {walk.Objects} objects and {walk.Bytes} bytes; a relay of a small network needn't."));
            }
        }
    }

    private HashSet<NodeAddress> Known(SimNode relay)
    {
        // Records that were public once may still be held: until their expiry, as evidence, or as what a neighbour announced.
        HashSet<NodeAddress> known = [relay.Address, .. relay.Peers.Select(peer => peer.Address)];
        foreach (var node in World.Nodes)
        {
            if (node.Starts > 0)
            {
                _ = known.Add(node.Address);
                known.UnionWith(node.FormerAddresses);
                known.UnionWith(node.Peers.Select(peer => peer.Address));
                known.UnionWith((node as Hostile.HostilePeer)?.Invented ?? []);

                // The authorities' keys are public, and in every node's parameters.
                known.UnionWith(node.Governance?.Parameters.Authorities ?? []);
            }
        }

        return known;
    }

    private void CheckBytes(SimNode relay, byte[] bytes, bool isPool)
    {
        if (bytes.AsSpan().IndexOf(Marker) >= 0)
        {
            Violate($"{relay.Name} holds a message's plaintext.");
        }

        foreach (var secret in _secrets)
        {
            if (bytes.AsSpan().IndexOf(secret) >= 0)
            {
                Violate($"{relay.Name} holds the id of a message or the secret of a conversation.");
            }
        }

        if (isPool && bytes.Length == relay.Parameters.CellBytes && bytes[0] == 1)
        {
            Span<byte> address = stackalloc byte[NodeAddress.ByteLength];
            foreach (var node in World.Nodes)
            {
                node.Address.CopyTo(address);
                if (bytes.AsSpan().IndexOf(address) >= 0)
                {
                    Violate($"{relay.Name} holds a packet with an address in the clear.");
                }
            }
        }
    }
}
