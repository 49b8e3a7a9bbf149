using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Network;
using MixMq.Simulation.Time;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Two endpoints, Alice and Bob, and a bad pipe between them; what was submitted, and the judge who compares inboxes with it.</summary>
internal sealed class EndpointPair
{
    private readonly List<(PairEnd From, PairEnd To, SubmitRequest Request, long Index)> _submitted = [];
    private long _token;

    public EndpointPair(
        long seed, Func<EndpointOptions, EndpointOptions>? configure = null, PacketGeometry? geometry = null, bool realSignatures = false, double readMillis = 0)
    {
        Random = new SeededRandomSource(seed);
        Assert.True(NetworkDefinition.TryCreate("test", geometry ?? PacketGeometry.Default, 60_000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var network, out _));
        Network = network;
        World = new World(network, seed, realSignatures ? new RealCrypto() : new IdealCrypto(seed), Options(readMillis));
        Pipe = new(World, Random);
        Alice = new(World, "alice", Pipe, AliceRoutes, configure);
        Bob = new(World, "bob", Pipe, BobRoutes, configure);
        (AliceRoutes.Own, BobRoutes.Own) = (() => Alice.Present, () => Bob.Present);
    }

    private static WorldOptions Options(double readMillis)
    {
        var options = new WorldOptions { SampleMicros = 0 };
        return readMillis == 0 ? options : options with { Read = DelayDistribution.Exponential(0, readMillis * 1000) };
    }

    public World World { get; }

    public SimClock Clock => World.Clock;

    public IRandomSource Random { get; }

    public NetworkParameters Network { get; }

    public PacketPipe Pipe { get; }

    public ScriptedRoutes AliceRoutes { get; } = new();

    public ScriptedRoutes BobRoutes { get; } = new();

    public PairEnd Alice { get; }

    public PairEnd Bob { get; }

    public void Start()
    {
        Alice.Start();
        Bob.Start();
    }

    /// <summary>Submits a message of random content; its label is its number in its conversation, so that the judge sees the order.</summary>
    /// <param name="from">Who sends.</param>
    /// <param name="to">Who is to have it.</param>
    /// <param name="conversation">The conversation's name.</param>
    /// <param name="bytes">Of its content.</param>
    /// <param name="expiresAfterMillis">0: as by default.</param>
    /// <param name="address">The address that the application uses; null: the first one that the other had.</param>
    public long Submit(PairEnd from, PairEnd to, string conversation, int bytes, long expiresAfterMillis = 0, NodeAddress? address = null)
    {
        var content = new byte[bytes];
        Random.Fill(content);
        var index = _submitted.Count(sent => sent.From == from && sent.Request.Conversation == conversation);
        var request = new SubmitRequest
        {
            Token = ++_token,
            To = address ?? to.Address,
            Conversation = conversation,
            Label = index.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Content = content,
            ExpiresAfterMillis = expiresAfterMillis,
        };
        _submitted.Add((from, to, request, index));
        from.Submit(request);
        return _token;
    }

    /// <summary>Whether nothing is left to do for either.</summary>
    public bool IsQuiet => IsSettled(Alice) && IsSettled(Bob);

    public bool RunUntilQuiet(double limitMillis) => RunUntil(() => IsQuiet, limitMillis);

    public bool RunUntil(Func<bool> condition, double limitMillis) => Clock.RunUntil(condition, TimeSpan.FromMilliseconds(limitMillis));

    public void RunFor(double millis) => Clock.RunFor(TimeSpan.FromMilliseconds(millis));

    public static bool IsSettled(PairEnd endpoint) => endpoint.Alive
        && endpoint.Snapshot() is { UncommittedBytes: 0, Unsettled: 0, RecallsUnderWay: 0 };

    /// <summary>
    /// What the recipient must see: what the sender's node accepted, in order, each once, whole; a tombstone exactly where the sender was told
    /// "expired", a message exactly where it was told "acknowledged".
    /// </summary>
    public void Judge(PairEnd from, PairEnd to)
    {
        var requests = _submitted.Where(sent => sent.From == from).ToDictionary(sent => (sent.Request.Conversation, sent.Request.Label), sent => sent.Request);
        var statuses = from.Store.Outbox;
        foreach (var conversation in to.Store.Inbox.Where(entry => entry.Place.Sender == from.Address).GroupBy(entry => entry.ConversationName))
        {
            ulong sequence = 0;
            var last = new Dictionary<NodeAddress, long>();
            foreach (var entry in conversation)
            {
                Assert.Equal(InboxState.Ready, entry.State);
                Assert.Equal(++sequence, entry.Place.Sequence);
                var request = requests[(conversation.Key, entry.Label)];
                var index = long.Parse(entry.Label, System.Globalization.CultureInfo.InvariantCulture);

                // What was written to one address stays in order.
                Assert.True(index > last.GetValueOrDefault(request.To, -1), "out of order or twice");
                last[request.To] = index;
                if (!entry.Tombstone)
                {
                    Assert.True(request.Content.Span.SequenceEqual(entry.Content.Span), "corrupted");
                }

                Assert.Equal(entry.Tombstone ? OutboxStatus.Expired : OutboxStatus.Acknowledged, statuses[entry.Id]);
            }
        }

        var arrived = to.Store.Inbox.Select(entry => entry.Id).ToHashSet();
        Assert.All(statuses.Keys, id => Assert.Contains(id, arrived));
        foreach (var sent in _submitted.Where(sent => sent.From == from && from.Outcomes.ContainsKey(sent.Request.Token)))
        {
            var outcome = from.Outcomes[sent.Request.Token];
            Assert.True(!outcome.Accepted || arrived.Contains(outcome.Id), "an accepted message is missing");
        }
    }

    public void JudgeBoth()
    {
        Judge(Alice, Bob);
        Judge(Bob, Alice);
    }
}
