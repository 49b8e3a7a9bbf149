using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Observation;

/// <summary>
/// The applications' books: what nodes accepted, what became of it by the sender's store, and what applications found in their inboxes. It sees
/// only what applications see, so that it can be held against the promise made to them.
/// </summary>
public sealed class Ledger : WorldObserver
{
    private readonly Dictionary<MessageId, Sent> _sent = [];
    private readonly List<Found> _found = [];

    /// <summary>A message that a node accepted.</summary>
    public sealed record Sent(SimNode From, SubmitRequest Request, SubmitOutcome Outcome, long AcceptedMicros)
    {
        /// <summary>What the sender's store says became of it; null: nothing yet.</summary>
        public OutboxStatus? Settled { get; internal set; }

        public long SettledMicros { get; internal set; }

        /// <summary>How often an application found it; more than once only if a process ended before it was consumed.</summary>
        public int Read { get; internal set; }
    }

    /// <summary>An entry that an application found in its inbox.</summary>
    public sealed record Found(SimNode At, InboxEntry Entry, long Micros);

    /// <summary>Every message accepted, by its id.</summary>
    public IReadOnlyDictionary<MessageId, Sent> Accepted => _sent;

    /// <summary>Every entry that an application read, in order.</summary>
    public IReadOnlyList<Found> Read => _found;

    /// <summary>Submissions that were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Accepted, and neither acknowledged nor expired yet.</summary>
    public int Open { get; private set; }

    /// <summary>Messages accepted from one node for another, in the order of acceptance.</summary>
    public IEnumerable<Sent> Between(SimNode from, NodeAddress to) => _sent.Values.Where(sent => sent.From == from && sent.Request.To == to);

    public override void SubmitCompleted(SimNode node, SubmitRequest request, in SubmitOutcome outcome)
    {
        if (outcome.Accepted)
        {
            _sent.Add(outcome.Id, new Sent(node, request, outcome, World.Clock.Micros));
            Open++;
        }
        else
        {
            Refused++;
        }
    }

    public override void Settled(SimNode node, MessageId message, OutboxStatus status)
    {
        // A message whose acceptance the application never heard of is settled like any other; it isn't in the books.
        if (_sent.TryGetValue(message, out var sent) && sent.From == node)
        {
            Open -= sent.Settled is null ? 1 : 0;
            sent.Settled = status;
            sent.SettledMicros = World.Clock.Micros;
        }
    }

    public override void InboxRead(SimNode node, InboxEntry entry)
    {
        _found.Add(new Found(node, entry, World.Clock.Micros));
        if (_sent.TryGetValue(entry.Id, out var sent))
        {
            sent.Read++;
        }
    }
}
