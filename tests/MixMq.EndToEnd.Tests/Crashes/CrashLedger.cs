namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// The ledger outside the system: what the applications said they would send, what their nodes took, and what came. It finds anything lost, doubled, out of
/// order, made up, or changed. Lives in the rig's memory, which nothing kills. Safe for use from any thread.
/// </summary>
/// <remarks>
/// A send that was never answered may have been taken or not: an application can't know either. If it was, its message comes once, at its place. Everything else
/// follows from the nodes' own numbers: a conversation's messages come as 1, 2, 3, … and nothing else, and what was answered with a number comes with that number.
/// </remarks>
internal sealed class CrashLedger(int conversations, int messagesEach)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string From, int Conversation), Flow> _flows = [];
    private readonly List<string> _faults = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedList<int, TaskCompletionSource> _waiting = [];
    private int _received;

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>Completes when every message that a node took has come, and as many were taken as there should be; or at the first fault.</summary>
    public Task Complete => _complete.Task;

    /// <summary>Messages that have come.</summary>
    public int Received
    {
        get
        {
            lock (_lock)
                return _received;
        }
    }

    /// <summary>Messages that are to come, at least.</summary>
    public int Total { get; private set; }

    /// <summary>A direction between two applications.</summary>
    public void Add(string from)
    {
        for (var conversation = 0; conversation < conversations; conversation++)
            _flows.Add((from, conversation), new Flow());
        Total += conversations * messagesEach;
    }

    /// <summary>Completes when so many messages have come.</summary>
    public Task ReceivedAsync(int count)
    {
        lock (_lock)
        {
            if (_received >= count || _complete.Task.IsCompleted)
                return Task.CompletedTask;
            if (!_waiting.TryGetValue(count, out var waiting))
                _waiting.Add(count, waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return waiting.Task;
        }
    }

    /// <summary>For an application that begins again: of each conversation, the number to go on with and how many are still to be taken.</summary>
    public IReadOnlyList<(int Next, int Left)> Resume(string from)
    {
        lock (_lock)
            return [.. Enumerable.Range(0, conversations).Select(conversation => _flows[(from, conversation)]).Select(flow => (flow.Last + 1, messagesEach - flow.Taken.Count))];
    }

    /// <summary>An application is about to send.</summary>
    public void Trying(string from, int conversation, int number)
    {
        lock (_lock)
            _flows[(from, conversation)].Last = number;
    }

    /// <summary>Its node has answered that it has the message.</summary>
    public void Taken(string from, int conversation, int number, ulong sequence)
    {
        lock (_lock)
        {
            var flow = _flows[(from, conversation)];
            if (!flow.Taken.TryAdd(number, sequence))
                Fault($"{from} {conversation}: number {number} was taken twice");
            if (flow.Came.TryGetValue(number, out var came) && came != sequence)
                Fault($"{from} {conversation}: number {number} was taken as {sequence} and came as {came}");
            CheckComplete();
        }
    }

    /// <summary>The other application got a message.</summary>
    public void Came(string from, int conversation, int number, ulong sequence, ulong position, string id, bool intact)
    {
        lock (_lock)
        {
            var flow = _flows[(from, conversation)];
            // The same position with the same id is the node's offer of what was not confirmed, no second delivery.
            if (flow.Offered.TryGetValue(position, out var before) && before == (sequence, id))
                return;
            flow.Offered[position] = (sequence, id);
            var text = $"{from} {conversation}: number {number}, which came as {sequence} at position {position},";
            if (!intact)
                Fault($"{text} is not as it was sent");
            else if (number < 1 || number > flow.Last)
                Fault($"{text} was never sent");
            else if (!flow.Came.TryAdd(number, sequence))
                Fault($"{text} had come before, as {flow.Came[number]}");
            else if (sequence != flow.LastSequence + 1)
                Fault($"{text} follows {flow.LastSequence}");
            else if (flow.Taken.TryGetValue(number, out var taken) && taken != sequence)
                Fault($"{text} was taken as {taken}");
            else if (number < flow.LastNumber)
                Fault($"{text} follows number {flow.LastNumber}");
            flow.LastSequence = sequence;
            flow.LastNumber = number;
            _received++;
            while (_waiting.Count > 0 && _waiting.Keys[0] <= _received)
            {
                _waiting.Values[0].SetResult();
                _waiting.RemoveAt(0);
            }

            CheckComplete();
        }
    }

    /// <summary>What hasn't come, for the message of a failure.</summary>
    public string Missing()
    {
        lock (_lock)
        {
            return string.Join('\n', _flows.Select(flow =>
                $"{flow.Key.From} {flow.Key.Conversation}: {flow.Value.Taken.Count} of {messagesEach} taken, up to {flow.Value.Taken.Values.DefaultIfEmpty().Max()}; come up to {flow.Value.LastSequence}"));
        }
    }

    private void Fault(string text)
    {
        _faults.Add(text);
        End();
    }

    private void CheckComplete()
    {
        if (_flows.Values.All(flow => flow.Taken.Count >= messagesEach && flow.Taken.Values.Max() <= flow.LastSequence))
            End();
    }

    private void End()
    {
        _complete.TrySetResult();
        foreach (var waiting in _waiting.Values)
            waiting.TrySetResult();
        _waiting.Clear();
    }

    /// <summary>One conversation in one direction.</summary>
    private sealed class Flow
    {
        /// <summary>The last number that its application began to send.</summary>
        public int Last { get; set; }

        public ulong LastSequence { get; set; }

        public int LastNumber { get; set; }

        /// <summary>The sequences that the sender's node gave, by number.</summary>
        public Dictionary<int, ulong> Taken { get; } = [];

        /// <summary>The sequences that they came with, by number.</summary>
        public Dictionary<int, ulong> Came { get; } = [];

        public Dictionary<ulong, (ulong Sequence, string Id)> Offered { get; } = [];
    }
}
