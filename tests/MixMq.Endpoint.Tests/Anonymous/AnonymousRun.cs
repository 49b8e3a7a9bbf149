using System.Globalization;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>Alice writes to Bob without her name; what was submitted, and the judge who compares Bob's inbox with it.</summary>
internal sealed class AnonymousRun
{
    public const int Second = 1_000;
    public const int Minute = 60 * Second;
    public const int Hour = 60 * Minute;
    private readonly List<SubmitRequest> _sent = [];

    public AnonymousRun(long seed, Func<EndpointOptions, EndpointOptions>? configure = null)
    {
        Pair = new(seed, options => (configure ?? (same => same))(options with { AllowAnonymous = true, AnonymousStartMs = 500 }));

        // It consumes nothing before a test lets it.
        _ = Bob.Consumer;
    }

    public EndpointPair Pair { get; }

    public PairEnd Alice => Pair.Alice;

    public PairEnd Bob => Pair.Bob;

    public EndpointOptions Options => new() { Network = Pair.Network, Own = Alice.Address };

    public int Received => Bob.Store.Inbox.Count(entry => AnonymousPlaces.IsAnonymous(entry.Place));

    public long Submit(int bytes, long expiresAfterMillis = 0, long replyWithinMillis = 0)
    {
        var content = new byte[bytes];
        Pair.Random.Fill(content);
        var request = new SubmitRequest
        {
            Token = 1_000 + _sent.Count,
            To = Bob.Address,
            Label = _sent.Count.ToString(CultureInfo.InvariantCulture),
            Content = content,
            ExpiresAfterMillis = expiresAfterMillis,
            Anonymous = true,
            ReplyWithinMillis = replyWithinMillis,
        };
        _sent.Add(request);
        Alice.Submit(request);
        return request.Token;
    }

    public OutboxStatus StatusOf(long token) => Alice.Store.StatusOf(Alice.Outcomes[token].Id)!.Value;

    public bool Settles(double limitMillis) => Pair.RunUntilQuiet(limitMillis);

    /// <summary>Each message that was accepted is in the inbox once and whole, or was reported expired and isn't there; nothing else is there, and its rows stand in the order of their positions.</summary>
    public void Judge()
    {
        var inbox = Bob.Store.Inbox.Where(entry => AnonymousPlaces.IsAnonymous(entry.Place)).ToArray();
        Assert.Equal(inbox.Length, inbox.Select(entry => entry.Id).Distinct().Count());
        Assert.Equal(inbox.Length, inbox.Select(entry => entry.Label).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, inbox.Length), inbox.Select(entry => (int)entry.Place.Sequence));
        foreach (var entry in inbox)
        {
            var request = _sent[int.Parse(entry.Label, CultureInfo.InvariantCulture)];
            Assert.True(request.Content.Span.SequenceEqual(entry.Content.Span), "corrupted");
            Assert.Equal(OutboxStatus.Acknowledged, Alice.Store.StatusOf(entry.Id));
        }

        var arrived = inbox.Select(entry => entry.Id).ToHashSet();
        foreach (var (id, status) in Alice.Store.Outbox)
        {
            Assert.Equal(status == OutboxStatus.Acknowledged, arrived.Contains(id));
        }

        Assert.All(
            _sent.Where(request => Alice.Outcomes.TryGetValue(request.Token, out var outcome) && outcome.Accepted), request => Assert.True(Alice.Store.Outbox.ContainsKey(Alice.Outcomes[request.Token].Id)));
    }
}
