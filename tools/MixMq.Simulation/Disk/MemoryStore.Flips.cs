using MixMq.Endpoint.Messaging;

namespace MixMq.Simulation.Disk;

/// <content>Bit flips in blobs.</content>
public sealed partial class MemoryStore
{
    /// <summary>Flips one bit in a row of a kind; copies made before don't see it.</summary>
    /// <returns>What was hit; null: there is no such row with a byte in it.</returns>
    internal FlippedRow? TryFlip(FlipTarget target, SimRandom random)
    {
        switch (target)
        {
            case FlipTarget.OutboxContent when Pick(_outbox.Where(row => row.Value.Content is { Length: > 0 }), random) is ({ } id, { } row):
                _outbox[id] = row with { Content = Flipped(row.Content, random) };
                return new(target, id);
            case FlipTarget.OutboxEnvelope when Pick(_outbox.Where(row => row.Value.Status is OutboxStatus.Pending or OutboxStatus.Expiring), random) is ({ } id, { } row):
                _outbox[id] = row with { Entry = row.Entry with { Envelope = Flipped(row.Entry.Envelope.Span, random) } };
                return new(target, id);
            case FlipTarget.FragmentContent when Pick(_partials.Where(row => row.Value.Fragments.Values.Any(bytes => bytes.Length > 0)), random) is ({ }, { } row):
                var (index, fragment) = random.Pick([.. row.Fragments.Where(pair => pair.Value.Length > 0)]);
                row.Fragments[index] = Flipped(fragment, random);
                return new(target, row.Open.Id);
            case FlipTarget.PartialEnvelope when Pick(_partials, random) is ({ } place, { } row):
                _partials[place] = row with { Open = row.Open with { Envelope = Flipped(row.Open.Envelope.Span, random) } };
                return new(target, row.Open.Id);
            case FlipTarget.InboxContent when Pick(_inbox.Where(row => row.Value.Content.Length > 0), random) is ({ } place, { } row):
                _inbox[place] = row with { Content = Flipped(row.Content.Span, random) };
                return new(target, row.Id);
            default:
                return null;
        }
    }

    private static (TKey? Key, TValue? Row) Pick<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> rows, SimRandom random)
        where TKey : struct
        where TValue : class
    {
        KeyValuePair<TKey, TValue>[] candidates = [.. rows];
        if (candidates.Length == 0)
        {
            return default;
        }

        var (key, row) = random.Pick(candidates);
        return (key, row);
    }

    private static byte[] Flipped(ReadOnlySpan<byte> bytes, SimRandom random)
    {
        var copy = bytes.ToArray();
        copy[random.Below(copy.Length)] ^= (byte)(1 << random.Below(8));
        return copy;
    }
}
