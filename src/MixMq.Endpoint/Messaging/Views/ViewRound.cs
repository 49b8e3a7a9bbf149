using System.Runtime.InteropServices;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>One comparison with one correspondent: where it stands, and what it has found. Bounded.</summary>
internal sealed class ViewRound(ExchangeNonce nonce, ViewChannel channel, ConversationSecret secret)
{
    private readonly Dictionary<NodeAddress, ViewDifference> _differences = [];
    private int _equal;
    private int _different;

    public ExchangeNonce Nonce { get; } = nonce;

    public ViewChannel Channel { get; } = channel;

    public ConversationSecret Secret { get; } = secret;

    /// <summary>The last item there is an answer for; default: none.</summary>
    public NodeAddress After { get; private set; }

    /// <summary>Sendings of the present summary.</summary>
    public int Tries { get; set; }

    public int Pages { get; private set; }

    /// <summary>At most <see cref="ViewLimits.MaxDifferences"/>.</summary>
    public IReadOnlyDictionary<NodeAddress, ViewDifference> Differences => _differences;

    /// <summary>Share of the records compared that are the same on both sides.</summary>
    public double Agreement => _equal + _different == 0 ? 1 : (double)_equal / (_equal + _different);

    /// <summary>Compares an answer with this node's view.</summary>
    public void Take(in ViewItems page, ViewBuckets own, long skewMillis, Moment now)
    {
        // Only what both clocks say is in force: else the one side is right to have it and the other not to. Half of the skew by which a record may be
        // from the future is left as a margin.
        var inForce = new Window(
            Math.Min(now.UnixMillis, page.UnixMillis) + (skewMillis / 2), Math.Max(now.UnixMillis, page.UnixMillis) + ViewLimits.ExpiryMarginMillis);
        var items = page.Items;
        var next = 0;
        var after = new ViewCursor(page.After);
        for (var bucket = 0; bucket < ViewBuckets.Count; bucket++)
        {
            if ((page.Differing & (1UL << bucket)) == 0)
            {
                _equal += Pages == 0 ? own[bucket].Count : 0;
                continue;
            }

            foreach (var record in own[bucket])
            {
                if (!after.IsBefore(bucket, record.Address))
                {
                    continue;
                }

                while (next < items.Length && new ViewCursor(items[next].Address).IsBefore(bucket, record.Address))
                {
                    OnlyThere(items[next++], inForce);
                }

                if (next < items.Length && items[next].Address == record.Address)
                {
                    Both(items[next++], record, inForce);
                }
                else if (next < items.Length || !page.More)
                {
                    OnlyHere(record, inForce);
                }
            }
        }

        while (next < items.Length)
        {
            OnlyThere(items[next++], inForce);
        }

        After = items.IsEmpty ? page.After : items[^1].Address;
        Pages++;
        Tries = 0;
    }

    private void OnlyThere(in ViewItem item, Window inForce)
    {
        if (inForce.Holds(item.IssuedUnixMillis, item.ExpiresUnixMillis))
        {
            Note(item.Address, new(ViewDifferenceKind.Missing, item.Sequence, 0));
        }
    }

    private void OnlyHere(LinkStateRecord record, Window inForce)
    {
        if (inForce.Holds(record.IssuedUnixMillis, record.ExpiresUnixMillis))
        {
            Note(record.Address, new(ViewDifferenceKind.OnlyHere, 0, record.Sequence));
        }
    }

    private void Both(in ViewItem item, LinkStateRecord record, Window inForce)
    {
        if (item.Sequence == record.Sequence)
        {
            if (item.Print == ViewBuckets.Print(record, Secret, Nonce))
            {
                _equal++;
            }
            else if (inForce.Holds(record.IssuedUnixMillis, record.ExpiresUnixMillis))
            {
                Note(item.Address, new(ViewDifferenceKind.Contradictory, item.Sequence, record.Sequence));
            }
        }
        else if (item.Sequence > record.Sequence)
        {
            if (inForce.Holds(item.IssuedUnixMillis, item.ExpiresUnixMillis))
            {
                Note(item.Address, new(ViewDifferenceKind.Older, item.Sequence, record.Sequence));
            }
        }
        else if (inForce.Holds(record.IssuedUnixMillis, record.ExpiresUnixMillis))
        {
            _different++;
        }
    }

    private void Note(NodeAddress origin, in ViewDifference difference)
    {
        _different++;
        if (_differences.Count < ViewLimits.MaxDifferences)
        {
            _differences.TryAdd(origin, difference);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Window(long LatestIssue, long LeastExpiry)
    {
        public bool Holds(long issued, long expires) => issued <= LatestIssue && expires > LeastExpiry;
    }
}
