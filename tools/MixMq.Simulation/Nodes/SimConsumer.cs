using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Simulation.Nodes;

/// <summary>An application that takes messages from the core as a consumer, and makes a checkpoint of each; it takes as many as a test lets it, whatever crashes.</summary>
public sealed class SimConsumer
{
    /// <summary>The consumer's name.</summary>
    public const string Name = "application";
    private readonly Dictionary<long, ulong> _checkpoints = [];
    private readonly SimEndpoint _endpoint;
    private readonly HashSet<ulong> _consumed = [];
    private long _session;
    private long _token = 1L << 60;
    private int _wanted;

    public SimConsumer(SimEndpoint endpoint)
    {
        _endpoint = endpoint;
        endpoint.Application = this;
    }

    /// <summary>Messages and tombstones of which checkpoints were made.</summary>
    public int Consumed => _consumed.Count;

    /// <summary>What the checkpoint of the message at a position has beside it; null: nothing.</summary>
    public Func<ulong, CheckpointRequest, CheckpointRequest>? Carry { get; set; }

    /// <summary>So many messages more may be taken.</summary>
    public void Take(int messages)
    {
        _wanted += messages;
        _endpoint.Call((core, now, port) => core.HandleCredit(_session, messages, now, ref port));
    }

    internal void Begin()
    {
        // What was under way is lost with the process, or durable and not counted: then one more is taken.
        _checkpoints.Clear();
        _session++;
        _endpoint.Call((core, now, port) =>
        {
            core.HandleConsumer(_session, Name, ConsumingLimits.MostMaxDeliveries, now, ref port);
            core.HandleCredit(_session, Math.Max(0, _wanted - _consumed.Count), now, ref port);
        });
    }

    internal void OnGiven(ulong position)
    {
        var token = ++_token;
        _checkpoints.Add(token, position);
        var request = new CheckpointRequest { Token = token, Consumer = Name, Session = _session, Consumed = [position] };
        request = Carry?.Invoke(position, request) ?? request;
        _endpoint.Call((core, now, port) => core.HandleCheckpoint(request, now, ref port));
    }

    internal void OnCheckpoint(long token, CheckpointOutcome outcome)
    {
        if (_checkpoints.Remove(token, out var position) && outcome.Refusal == CheckpointRefusal.None)
        {
            _consumed.Add(position);
        }
    }
}
