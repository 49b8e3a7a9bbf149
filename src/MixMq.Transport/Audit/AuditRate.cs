using System.Runtime.InteropServices;

namespace MixMq.Transport.Audit;

/// <summary>
/// How many lines each subject may cause: a bucket for each configured peer, one for all strangers, one for the listeners. So nobody
/// who knocks can fill the disk, nor push others' events out of the trail. What finds its bucket empty is counted. Not thread-safe.
/// </summary>
internal sealed class AuditRate(int linesPerMinute, TimeProvider time)
{
    private readonly Dictionary<string, (double Tokens, long At, long Suppressed)> _buckets = [];

    /// <summary>Takes a token; <paramref name="suppressed"/> is what was counted since the last that was there. False: counted.</summary>
    internal bool TryTake(string subject, out long suppressed)
    {
        var now = time.GetTimestamp();
        ref var bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, subject, out var known);
        var tokens = known
            ? Math.Min(linesPerMinute, bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalMinutes * linesPerMinute))
            : linesPerMinute;
        suppressed = 0;
        if (tokens < 1)
        {
            bucket = (tokens, now, bucket.Suppressed + 1);
            return false;
        }

        suppressed = bucket.Suppressed;
        bucket = (tokens - 1, now, 0);
        return true;
    }

    /// <summary>Counts what was lost on another way.</summary>
    internal void Suppress(string subject, long count)
    {
        ref var bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, subject, out var known);
        bucket = known ? bucket with { Suppressed = bucket.Suppressed + count } : (linesPerMinute, time.GetTimestamp(), count);
    }

    /// <summary>Everything counted and not yet said; it counts as said from now on.</summary>
    internal List<(string Subject, long Count)> TakeSuppressed()
    {
        var all = new List<(string, long)>();
        foreach (var subject in _buckets.Where(bucket => bucket.Value.Suppressed > 0).Select(bucket => bucket.Key).Order(StringComparer.Ordinal).ToList())
        {
            ref var bucket = ref CollectionsMarshal.GetValueRefOrNullRef(_buckets, subject);
            all.Add((subject, bucket.Suppressed));
            bucket.Suppressed = 0;
        }

        return all;
    }
}
