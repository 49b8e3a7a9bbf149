using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Endpoint.Tests.Consuming;

/// <summary>A checkpoint that is refused for its form says which of its fields is at fault, by its name in the control API, and the limit.</summary>
public sealed class CheckpointFormTests
{
    private readonly ConsumerBench _bench = new(1);
    private long _token;

    [Fact]
    public void Each_field_that_is_out_of_its_range_is_named_with_its_limit()
    {
        var good = Good();
        Refused("consumer: a name of 1 to 64 bytes", good with { Consumer = "" });
        Refused("id: a checkpoint that sends, replies or has a state needs one, 16 random bytes", good with { Id = null, State = new byte[1] });
        Refused("id: a checkpoint that sends", good with { Id = null, Sends = Sends(1, 1) });
        Refused("state: at most 16777216 bytes", good with { State = new byte[MessagingConstants.MaxConsumerStateBytes + 1] });
        Refused("consumed: at most 10000 positions", good with { Consumed = [.. Enumerable.Range(1, ConsumingLimits.MaxConsumed + 1).Select(position => (ulong)position)] });
        Refused("consumed: position 7 stands in it twice", good with { Consumed = [5, 7, 6, 7] });
        Refused("sends: at most 1000, replies with them", good with { Sends = Sends(ConsumingLimits.MaxSends + 1, 1) });
        Refused("sends: the contents, those of replies with them, may have at most 16777216 bytes", good with { Sends = Sends(17, 1 << 20) });
    }

    [Fact]
    public void What_is_at_its_limits_is_not_refused_for_its_form()
    {
        var request = Good() with
        {
            Consumer = new string('x', ConsumerName.MaxBytes), Consumed = [.. Enumerable.Range(1, ConsumingLimits.MaxConsumed).Select(position => (ulong)position)],
            Sends = Sends(ConsumingLimits.MaxSends, 1), State = new byte[MessagingConstants.MaxConsumerStateBytes],
        };
        Assert.NotEqual(CheckpointRefusal.Malformed, Make(request).Refusal);
    }

    private static CheckpointRequest Good() => new() { Token = 0, Consumer = "a", Id = CheckpointId.FromBytes(new byte[CheckpointId.ByteCount]) };

    private static ImmutableArray<SubmitRequest> Sends(int count, int bytes)
    {
        var content = new byte[bytes];
        return [.. Enumerable.Range(0, count).Select(_ => new SubmitRequest { Token = 0, To = ConsumerBench.Address(99), Content = content })];
    }

    private void Refused(string words, CheckpointRequest request)
    {
        var outcome = Make(request);
        Assert.Equal(CheckpointRefusal.Malformed, outcome.Refusal);
        Assert.StartsWith(words, outcome.Describe(), StringComparison.Ordinal);
    }

    private CheckpointOutcome Make(CheckpointRequest request)
    {
        request = request with { Token = ++_token };
        _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));
        _bench.Settle();
        return _bench.Checkpoints[_token];
    }
}
