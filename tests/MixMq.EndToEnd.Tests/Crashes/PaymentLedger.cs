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

    /// <summary>Payments of one side that are not yet answered.</summary>
    public const int MostOpen = FirstPayments + MostAtOnce;

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

    /// <summary>Payments that each is to make, unless it is closed before.</summary>
    public int Each { get; private set; } = paymentsEach;

    /// <summary>Payments that are booked by who got them.</summary>
    public int Booked
    {
        get
        {
            lock (_lock)
                return _entries.Values.Sum(entry => entry.Got);
        }
    }

    /// <summary>Lets it come to an end soon: while no application runs, for the next ones have to be started with the new number.</summary>
    public void Close()
    {
        // One checkpoint may have been kept and not been told; and a payer that was put back may have made fewer than were got of it.
        lock (_lock)
            Each = Math.Min(Each, _entries.Values.Max(entry => Math.Max(entry.Made, entry.Got)) + FirstPayments + MostAtOnce);
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
            var right = Opening - Sum(side, made) + Sum(other, got);
            if (begins && own.Restored is { } restored)
            {
                // What was kept and not told yet when the copy was made, or when the node was killed, is one checkpoint.
                if (made < restored.From.Made || got < restored.From.Got || made > restored.To.Made + FirstPayments || got > restored.To.Got + MostAtOnce)
                    Fault($"{text} aren't those of the copy ({restored.From.Made} to {restored.To.Made} made, {restored.From.Got} to {restored.To.Got} got)");
                own.Undone.Add((made, own.Made + FirstPayments));
                own.Restored = null;
                if (balance != right)
                    Fault($"{text} don't add up: it should be {right}");
            }
            else if (made < own.Made || got < own.Got)
                Fault($"{text} are behind {before}: something kept was lost");
            else if (made - own.Made > (own.Made == 0 ? FirstPayments : MostAtOnce) || got - own.Got > MostAtOnce)
                Fault($"{text} are more than one checkpoint ahead of {before}");
            else if (!begins && made == own.Made && got == own.Got)
                Fault($"{text} are kept again");
            else if (balance != right)
                Fault($"{text} don't add up: it should be {right}");
            (own.Made, own.Got, own.Balance) = (made, got, balance);
            while (_waiting.Count > 0 && _waiting.Keys[0] <= Booked)
            {
                _waiting.Values[0].SetResult();
                _waiting.RemoveAt(0);
            }

            if (_entries.Values.All(entry => entry.Made == Each && entry.Got == Each))
            {
                if (_entries.Values.Sum(entry => entry.Balance) != 2 * Opening)
                    Fault("the two institutions together don't have what they began with");
                foreach (var (payee, payer) in new[] { ("a", "b"), ("b", "a") })
                {
                    if (_entries[payee].Again.FirstOrDefault(number => !_entries[payer].Undone.Exists(undone => number > undone.After && number <= undone.UpTo)) is > 0 and var twice)
                        Fault($"{payee} was paid {twice} twice, though the payer's books never went back behind it");
                }
                End();
            }
        }
    }

    /// <summary>What an institution's books were when a copy of its node's store was begun, or ended.</summary>
    public (int Made, int Got) Books(string side)
    {
        lock (_lock)
            return (_entries[side].Made, _entries[side].Got);
    }

    /// <summary>An institution's node has a store again that was copied when its books were between these: they go back there, once.</summary>
    public void NoteRestored(string side, (int Made, int Got) from, (int Made, int Got) to)
    {
        lock (_lock)
            _entries[side].Restored = (from, to);
    }

    /// <summary>Whether an institution's books have gone back to where the last copy has them.</summary>
    public bool IsRestored(string side)
    {
        lock (_lock)
            return _entries[side].Restored is null;
    }

    /// <summary>An application had a payment already, or lacks one before it. Such a payment may come if the payer's books went back behind it, and only then; that is asked at the end.</summary>
    public void NoteAgain(string side, int number)
    {
        lock (_lock)
            _entries[side].Again.Add(number);
    }

    /// <summary>How many payments came that were booked already.</summary>
    public int Again
    {
        get
        {
            lock (_lock)
                return _entries.Values.Sum(entry => entry.Again.Count);
        }
    }

    /// <summary>How far both are, for the message of a failure.</summary>
    public string Standing()
    {
        lock (_lock)
            return string.Join("; ", _entries.Select(entry => $"{entry.Key} made {entry.Value.Made} and got {entry.Value.Got} of {Each}"));
    }

    /// <summary>What an institution's first payments amount to; the sample's rule, written a second time.</summary>
    private long Sum(string from, int count)
    {
        var sums = _entries[from].Sums;
        var start = unchecked((17 * 31) + from[0]);
        for (var number = sums.Count; number <= count; number++)
            sums.Add(sums[^1] + 1 + (unchecked((uint)(start + (number * 7919))) % 1000));
        return sums[count];
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
        /// <summary>By number of payments: it is asked for at every checkpoint.</summary>
        public List<long> Sums { get; } = [0];

        public int Made { get; set; }

        public int Got { get; set; }

        public long Balance { get; set; }

        public List<int> Again { get; } = [];

        public ((int Made, int Got) From, (int Made, int Got) To)? Restored { get; set; }

        /// <summary>Payments that it made and then knew nothing of any more.</summary>
        public List<(int After, int UpTo)> Undone { get; } = [];
    }
}
