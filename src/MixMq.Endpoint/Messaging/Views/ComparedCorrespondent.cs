using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>Someone with whom views are compared, and what the last comparisons said. Bounded whatever it answers.</summary>
internal sealed class ComparedCorrespondent(NodeAddress address)
{
    private IReadOnlyDictionary<NodeAddress, ViewDifference> _before = new Dictionary<NodeAddress, ViewDifference>();

    public NodeAddress Address { get; } = address;

    /// <summary>This node writes to it, or lets it write by name: not a stranger who can be as many as it likes.</summary>
    public bool Chosen { get; set; }

    public long LastHeard { get; set; }

    /// <summary>The conversation heard last; the next round uses its secret.</summary>
    public (ViewChannel Channel, ConversationSecret Secret) Key { get; set; }

    /// <summary>The round under way; null: none.</summary>
    public ViewRound? Round { get; set; }

    /// <summary>When the next round begins, or the summary under way is sent again, microseconds.</summary>
    public long Due { get; set; } = Moment.Never;

    /// <summary>Rounds in a row without an answer.</summary>
    public int Silent { get; set; }

    /// <summary>There is a result.</summary>
    public bool Compared { get; private set; }

    public bool ClockDiffers { get; private set; }

    public double Agreement { get; private set; } = 1;

    /// <summary>Differences that two rounds in a row found, by origin.</summary>
    public Dictionary<NodeAddress, ViewDifferenceKind> Lasting { get; } = [];

    /// <summary>The round has come to its end.</summary>
    public void Complete(ViewRound round)
    {
        Lasting.Clear();
        foreach (var (origin, now) in round.Differences)
        {
            if (_before.TryGetValue(origin, out var before) && ViewDifference.Persists(before, now))
            {
                Lasting.Add(origin, now.Kind);
            }
        }

        _before = round.Differences;
        Agreement = round.Agreement;
        Compared = true;
        ClockDiffers = false;
        Silent = 0;
        Round = null;
    }

    /// <summary>The answer's clock is too far off: there is nothing to conclude from it.</summary>
    public void OnClockDiffers()
    {
        Lasting.Clear();
        _before = new Dictionary<NodeAddress, ViewDifference>();
        Compared = false;
        ClockDiffers = true;
        Silent = 0;
        Round = null;
    }

    /// <summary>No answer came.</summary>
    public void OnSilence()
    {
        Silent++;
        Round = null;
    }
}
