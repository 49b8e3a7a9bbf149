using System.Globalization;
using Microsoft.Extensions.Logging;
using MixMq.Storage;

namespace MixMq.Node.Messaging;

/// <summary>
/// Warns in the log of what the disk has damaged: of all that is in quarantine once after the start, and from then on of what is new, at most once a minute, however much it is. How much and of what kind, never whose
/// or which. One thread at a time.
/// </summary>
internal sealed class DamageLog : IAsyncDisposable
{
    /// <summary>How often it looks, and so the most that it says.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private const int Page = 256;
    private readonly IMessageStore _store;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private long _last;

    internal DamageLog(IMessageStore store, ILogger log, TimeProvider time)
    {
        _store = store;
        _log = log;

        // Set anew after each look, so that none begins while another is under way; and the first once there is a timer to be set.
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for the look that is under way.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        try
        {
            var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
            int count = 0;
            while (_store.ReadQuarantine(_last, Page) is { Count: > 0 } rows)
            {
                foreach (QuarantinedRow row in rows)
                {
                    string kind = KindOf(row.Source);
                    kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                }

                count += rows.Count;
                _last = rows[^1].Number;
            }

            if (count > 0)
            {
                Log.StoreDamaged(_log, count, string.Join(", ", kinds.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Value} of {kind.Key}"))));
            }
        }
        catch (MessageStoreException)
        {
            // Who works with the store says that it fails.
        }

        _timer.Change(Interval, Timeout.InfiniteTimeSpan);
    }

    // A damaged row of the quarantine itself may name anything.
    private static string KindOf(string source) => source switch
    {
        "outbox" or "outbox_content" or "outbound_conversation" => "sent messages",
        "inbox" or "inbox_content" or "inbound_conversation" => "received messages",
        "partial" or "fragment" or "part" or "parted" => "contents in parts",
        "dead_letter" or "dead_letter_content" => "dead letters",
        "consumer" or "consumer_state" or "checkpoint" => "consumers' states and checkpoints",
        "question" or "reply" or "reply_content" => "replies",
        _ => "the store's own records",
    };
}
