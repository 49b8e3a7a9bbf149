using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging;

/// <summary>What outbox and inbox of one core share.</summary>
internal sealed class MessagingContext(EndpointOptions options, IRandomSource random, IRouteSource routes)
{
    /// <summary>Time between the first marks of two conversations after a start.</summary>
    public const long ApartMicros = 20 * Moment.MicrosPerMilli;

    private ImmutableHashSet<NodeAddress>? _senders = options.AllowedSenders;
    private long _lastRequest;
    private long _lastContentRequest;

    public EndpointOptions Options { get; } = options;

    /// <summary>Which correspondents have changed their keys.</summary>
    public Successions Successions { get; private set; } = Successions.None;

    /// <summary>Who may write now, also by the address that he had first; null: anyone.</summary>
    public ImmutableHashSet<NodeAddress>? AllowedSenders { get; private set; } = options.AllowedSenders;

    public IRandomSource Random { get; } = random;

    /// <summary>The longest content that the network's parameters in force allow, in bytes; 0: they set no limit.</summary>
    public long NetworkContentLimit { get; set; } = options.Network.MaxContentBytes;

    public IRouteSource Routes { get; } = routes;

    /// <summary>This start of the node.</summary>
    public Incarnation Incarnation { get; private set; }

    public StoreQueue Store { get; } = new();

    public Sending.Resignatures Resignatures { get; } = new(options);

    public EndpointCounters Counters { get; } = new();

    public int MessageCapacity { get; } = options.Network.Definition.Geometry.MessageCapacity;

    public int PieceBytes { get; } = Wire.FragmentHeader.PieceBytes(options.Network.Definition.Geometry.MessageCapacity);

    /// <summary>Whether this node takes messages of a node.</summary>
    public bool MayWrite(NodeAddress sender) => !Options.IsOwn(sender) && sender != default && (AllowedSenders?.Contains(sender) ?? true);

    /// <summary>Who may write from now on; null: anyone.</summary>
    public void Allow(ImmutableHashSet<NodeAddress>? senders)
    {
        _senders = senders;
        AllowedSenders = Successions.IsEmpty ? senders : senders?.Union(senders.Select(Successions.First));
    }

    /// <summary>From now on these are the correspondents that have other keys.</summary>
    public void Follow(Successions successions)
    {
        Successions = successions;
        Allow(_senders);
    }

    public bool StoreIsBehind => Store.UncommittedBytes > Options.MaxUncommittedBytes;

    /// <summary>The store's disk is full but for its reserve: what was accepted goes on, and nothing new is taken.</summary>
    public bool StoreIsFull { get; set; }

    /// <summary>Why what has just come can't be stored now; null: it can.</summary>
    public InboundDrop? Unstorable => StoreIsFull ? InboundDrop.StoreFull : StoreIsBehind ? InboundDrop.StoreBehind : null;

    /// <summary>The number comes from the clock, so that it need not be stored; where that is wrong, correspondents know better (<see cref="Incarnation"/>).</summary>
    public void Begin(Moment now) =>
        Incarnation = new((ulong)Math.Clamp(now.UnixMillis, 1, (long)Incarnation.GreatestNumber / 2), Incarnation.DrawNonce(Random));

    /// <summary>Draws a path to a correspondent: to the address that it has now.</summary>
    /// <returns>False: there is none now.</returns>
    public bool TryRoute(NodeAddress to, Moment now, List<PathHop> path) => Routes.TryRoute(Successions.Last(to), now, path);

    /// <summary>Draws a path back from a correspondent, for a SURB.</summary>
    /// <returns>False: there is none now.</returns>
    public bool TryReturn(NodeAddress from, Moment start, List<PathHop> path, out uint expiryUnixSeconds) =>
        Routes.TryReturn(Successions.Last(from), start, path, out expiryUnixSeconds);

    public RequestId NextRequestId() => new(++_lastRequest);

    public ContentRequestId NextContentRequestId() => new(++_lastContentRequest);
}
