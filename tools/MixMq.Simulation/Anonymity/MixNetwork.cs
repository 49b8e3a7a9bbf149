using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Simulation.Anonymity;

/// <summary>
/// A graph as a node sees it: real link-state records, put together by the shipping view. Signatures are left empty, since the view takes
/// them as verified; keys are real.
/// </summary>
public sealed class MixNetwork
{
    /// <summary>The epoch of all mix keys; it is 30 days long, and runs begin with it.</summary>
    public const uint Epoch = 600;

    private const int LeastHops = 10;
    private readonly NodeAddress[] _addresses;
    private readonly int[] _numbers;

    /// <param name="neighbours">For each node the nodes it is linked to, both ways.</param>
    /// <param name="relays">For each node whether it relays for others.</param>
    /// <param name="pathLinks">Links of a path, 2 to 31.</param>
    public MixNetwork(IReadOnlyList<IReadOnlyList<int>> neighbours, IReadOnlyList<bool> relays, int pathLinks)
    {
        ArgumentNullException.ThrowIfNull(neighbours);
        ArgumentNullException.ThrowIfNull(relays);
        var geometry = new PacketGeometry(Math.Max(LeastHops, pathLinks + 1), PacketGeometry.Default.Body, PacketGeometry.Default.Reply);
        if (!NetworkDefinition.TryCreate("anonymity", geometry, NetworkDefinition.DefaultMaxDelayMs, out var definition, out var error))
        {
            throw new ArgumentException(error.ToString(), nameof(pathLinks));
        }

        if (!NetworkParameters.TryCreate(
            definition, out var parameters, out var errors, pathLinks, NetworkParameters.LargestMaxLinks, NetworkParameters.LongestEpochSeconds))
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(pathLinks));
        }

        Parameters = parameters;
        var keys = Enumerable.Range(0, neighbours.Count).Select(Keys).ToArray();
        _addresses = [.. keys.Select(key => key.Address)];
        View = TopologyView.FromRecords(neighbours.Select((ends, node) => Record(keys[node], relays[node], ends)), parameters);
        _numbers = new int[_addresses.Length];
        for (var node = 0; node < _addresses.Length; node++)
        {
            _ = View.TryFind(_addresses[node], out var index);
            _numbers[index] = node;
        }
    }

    public NetworkParameters Parameters { get; }

    public TopologyView View { get; }

    public int Count => _addresses.Length;

    public static long StartUnixMillis(NetworkParameters parameters) => EpochClock.StartOf(parameters, Epoch);

    public NodeAddress AddressOf(int node) => _addresses[node];

    /// <summary>The node with an index in the view, which is in another order.</summary>
    public int NumberOf(int viewIndex) => _numbers[viewIndex];

    public int NumberOf(NodeAddress address) => View.TryFind(address, out var index) ? _numbers[index] : -1;

    private static (NodeAddress Address, MixPublicKey Mix) Keys(int node)
    {
        Span<byte> seed = stackalloc byte[32];
        Span<byte> bytes = stackalloc byte[32];
        seed.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(seed[4..], node + 1);
        Ed25519.DerivePublic(seed, bytes);
        var address = NodeAddress.FromBytes(bytes);
        seed[8] = 1;
        X25519.DerivePublic(seed, bytes);
        return (address, MixPublicKey.FromBytes(bytes));
    }

    private LinkStateRecord Record((NodeAddress Address, MixPublicKey Mix) keys, bool relays, IReadOnlyList<int> ends)
    {
        var start = StartUnixMillis(Parameters);
        var draft = new LinkStateDraft
        {
            Address = keys.Address,
            Sequence = 1,
            IssuedUnixMillis = start,
            ExpiresUnixMillis = start + 1000,
            Flags = relays ? LinkStateFlags.Relays : LinkStateFlags.None,
            MixKeys = [new PublishedMixKey(Epoch, keys.Mix)],
            Neighbours = [.. ends.Select(AddressOf)],
        };
        var encoded = LinkStateDraft.Complete(draft.ToSignedMessage(Parameters.Definition), new byte[Ed25519.SignatureBytes]);
        var error = LinkStateRecord.TryParse(encoded, Parameters.Definition, out var record);
        return record ?? throw new InvalidOperationException($"A simulated record was refused: {error}.");
    }

    /// <summary>Random d-regular relays, all of which also send and receive.</summary>
    public static MixNetwork Regular(int nodes, int degree, int pathLinks, IRandomSource random) =>
        new(RegularGraph.Create(nodes, degree, random), [.. Enumerable.Repeat(true, nodes)], pathLinks);

    /// <summary>One relay, number 0, and endpoints linked to it alone; paths have two links.</summary>
    public static MixNetwork SingleMix(int endpoints) => new(
        [[.. Enumerable.Range(1, endpoints)], .. Enumerable.Repeat(ImmutableArray.Create(0), endpoints)],
        [true, .. Enumerable.Repeat(false, endpoints)],
        PathLinksOfSingleMix);

    private const int PathLinksOfSingleMix = 2;
}
