namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// The ledger outside the system: what each institution's books must show, from what the applications say of every checkpoint that they were told is kept. It
/// finds books that went back (lost), ran ahead (doubled or made up), or don't add up. Lives in the rig's memory, which nothing kills. Safe for use from any thread.
/// </summary>
/// <remarks>Each application itself stops at a payment that isn't the next one, and its end is the rig's failure: disorder inside a conversation is found there.
/// The two are read by different readers, so nothing is concluded from whose line comes first; that the sums meet is asked at the end.</remarks>
internal sealed class PaymentLedger(int paymentsEach)
{
    /// <summary>What the sample has: opening balance, first payments, payments a checkpoint.</summary>
    private const long Opening = 1_000_000;
    private const int FirstPayments = 48;
    private const int MostAtOnce = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new() { ["a"] = new Entry(), ["b"] = new Entry() };
    private readonly List<string> _faults = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedList<int, TaskCompletionSource> _waiting = [];

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>Completes when all payments are booked, both ways; or at the first fault.</summary>
    public Task Complete => _complete.Task;

    /// <summary>Payments that are to be made, both ways.</summary>
    public int Total => 2 * paymentsEach;

    /// <summary>Payments that are booked by who got them.</summary>
    public int Booked
    {
        get
        {
            lock (_lock)
                return _entries.Values.Sum(entry => entry.Got);
        }
    }

    /// <summary>Completes when so many payments are booked.</summary>
    public Task BookedAsync(int count)
    {
        lock (_lock)
        {
            if (Booked >= count || _complete.Task.IsCompleted)
                return Task.CompletedTask;
            if (!_waiting.TryGetValue(count, out var waiting))
                _waiting.Add(count, waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return waiting.Task;
        }
    }

    /// <summary>An application said what its books are: those that it begins with (after a crash of whatever), or those that a checkpoint has kept.</summary>
    public void Note(string side, bool begins, int made, int got, long balance)
    {
        lock (_lock)
        {
            var own = _entries[side];
            var other = side == "a" ? "b" : "a";
            var text = $"the books of {side} ({made} made, {got} got, {balance})";
            var before = $"those told before ({own.Made} made, {own.Got} got)";
            if (made < own.Made || got < own.Got)
                Fault($"{text} are behind {before}: something kept was lost");
            else if (made - own.Made > (own.Made == 0 ? FirstPayments : MostAtOnce) || got - own.Got > MostAtOnce)
                Fault($"{text} are more than one checkpoint ahead of {before}");
            else if (!begins && made == own.Made && got == own.Got)
                Fault($"{text} are kept again");
            else if (balance != Opening - Sum(side, made) + Sum(other, got))
                Fault($"{text} don't add up: it should be {Opening - Sum(side, made) + Sum(other, got)}");
            (own.Made, own.Got, own.Balance) = (made, got, balance);
            while (_waiting.Count > 0 && _waiting.Keys[0] <= Booked)
            {
                _waiting.Values[0].SetResult();
                _waiting.RemoveAt(0);
            }

            if (_entries.Values.All(entry => entry.Made == paymentsEach && entry.Got == paymentsEach))
            {
                if (_entries.Values.Sum(entry => entry.Balance) != 2 * Opening)
                    Fault("the two institutions together don't have what they began with");
                End();
            }
        }
    }

    /// <summary>How far both are, for the message of a failure.</summary>
    public string Standing()
    {
        lock (_lock)
            return string.Join("; ", _entries.Select(entry => $"{entry.Key} made {entry.Value.Made} and got {entry.Value.Got} of {paymentsEach}"));
    }

    /// <summary>What an institution's first payments amount to; the sample's rule, written a second time.</summary>
    private static long Sum(string from, int count)
    {
        var start = unchecked((17 * 31) + from[0]);
        return Enumerable.Range(1, count).Sum(number => 1 + (long)(unchecked((uint)(start + (number * 7919))) % 1000));
    }

    private void Fault(string text)
    {
        _faults.Add(text);
        End();
    }

    private void End()
    {
        _complete.TrySetResult();
        foreach (var waiting in _waiting.Values)
            waiting.TrySetResult();
        _waiting.Clear();
    }

    private sealed class Entry
    {
        public int Made { get; set; }

        public int Got { get; set; }

        public long Balance { get; set; }
    }
}
