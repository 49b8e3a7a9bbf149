using Google.Protobuf;
using MixMq.Cli.Local;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Demo;

/// <summary>
/// What was sent and what was received: judged from the contents that the recipients' nodes hand out. Safe for use from any thread.
/// </summary>
internal sealed class DeliveryLedger
{
    public const string Conversation = "demo";
    public const string FileConversation = "demo-file";

    private readonly Lock _lock = new();
    private readonly byte[] _seed;
    private readonly int _size;
    private readonly byte[] _fileHash;
    private readonly IReadOnlyDictionary<string, string> _addresses;
    private readonly Dictionary<(int Pair, int Sequence), Entry> _entries = [];
    private readonly HashSet<(string Recipient, ulong Position, ByteString Id)> _seen = [];
    private readonly int[] _lastSequence = new int[DemoPlan.Pairs.Count];
    private readonly List<double> _latencies = [];
    private int _delivered;
    private int _acknowledged;
    private int _duplicates;
    private int _corrupted;
    private int _disordered;
    private int _tombstones;

    /// <param name="seed">The seed of all contents.</param>
    /// <param name="messages">How many messages there are beside the file.</param>
    /// <param name="size">The size of each.</param>
    /// <param name="fileHash">SHA-256 of the file.</param>
    /// <param name="addresses">The endpoints' addresses by their names.</param>
    public DeliveryLedger(byte[] seed, int messages, int size, byte[] fileHash, IReadOnlyDictionary<string, string> addresses)
    {
        _seed = seed;
        _size = size;
        _fileHash = fileHash;
        _addresses = addresses;
        foreach (var pair in DemoPlan.Pairs)
        {
            for (var sequence = 1; sequence <= DemoPlan.CountFor(pair.Index, messages); sequence++)
                _entries.Add((pair.Index, sequence), new Entry(pair, sequence));
        }
    }

    /// <summary>The file goes this way.</summary>
    public static DemoPair FilePair => DemoPlan.Pairs[0];

    public Entry File { get; } = new(FilePair, 0);

    public int Total => _entries.Count;

    public int Delivered => Volatile.Read(ref _delivered);

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>The SHA-256 of the file as it was received; null: it wasn't.</summary>
    public byte[]? ReceivedFileHash { get; private set; }

    /// <summary>Everything has arrived and been acknowledged.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
                return _delivered == _entries.Count && _acknowledged == _entries.Count && File is { Delivered: true, Acknowledged: true };
        }
    }

    /// <summary>A node took a message; null sequence: the file.</summary>
    public void Accepted(int pair, int sequence, ByteString id)
    {
        lock (_lock)
            (sequence == 0 ? File : _entries[(pair, sequence)]).Id = id;
    }

    /// <summary>The sending node says that the message is acknowledged.</summary>
    public void MarkAcknowledged(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Acknowledged)
                return;
            entry.Acknowledged = true;
            if (entry != File)
                _acknowledged++;
        }
    }

    /// <summary>What has arrived and isn't known to be acknowledged.</summary>
    public IReadOnlyList<Entry> Unacknowledged()
    {
        lock (_lock)
            return [.. _entries.Values.Append(File).Where(entry => entry is { Delivered: true, Acknowledged: false, Id: not null })];
    }

    /// <summary>A recipient's node handed out a message. The entry that it delivered for the first time; otherwise null.</summary>
    public Entry? Received(LocalMember recipient, ReceivedMessage message)
    {
        lock (_lock)
        {
            // The same inbox position with the same id is the node's offer of what was not confirmed, no second delivery.
            if (!_seen.Add((recipient.Name, message.Position, message.MessageId)))
                return null;
            if (message.Tombstone)
            {
                _tombstones++;
                return null;
            }

            if (Identify(recipient, message) is not { } entry)
            {
                _corrupted++;
                return null;
            }

            if (entry.Delivered)
            {
                _duplicates++;
                return null;
            }

            entry.Delivered = true;
            if (entry == File)
                return entry;
            if (entry.Sequence != _lastSequence[entry.Pair.Index] + 1)
                _disordered++;
            _lastSequence[entry.Pair.Index] = Math.Max(entry.Sequence, _lastSequence[entry.Pair.Index]);
            _delivered++;
            _latencies.Add(Math.Max(0, message.CommittedUnixMs - message.CreatedUnixMs));
            return entry;
        }
    }

    public DeliverySummary Summarize()
    {
        lock (_lock)
        {
            return new DeliverySummary
            {
                Sent = _entries.Values.Count(entry => entry.Id is not null),
                Delivered = _delivered,
                Acknowledged = _acknowledged,
                Duplicates = _duplicates,
                Corrupted = _corrupted,
                Disordered = _disordered,
                Tombstones = _tombstones,
                LatencyP50 = Percentile.Of(_latencies, 50),
                LatencyP99 = Percentile.Of(_latencies, 99),
                FileDelivered = File.Delivered,
                FileAcknowledged = File.Acknowledged,
            };
        }
    }

    /// <summary>What is missing, for the message of a failure; at most so many lines.</summary>
    public IReadOnlyList<string> Missing(int most)
    {
        lock (_lock)
        {
            var missing = _entries.Values.Append(File).Where(entry => entry is not { Delivered: true, Acknowledged: true }).ToList();
            var lines = missing.Take(most).Select(entry =>
                $"{(entry == File ? "the file" : $"message {entry.Sequence}")}, {entry.Pair}: {(entry.Id is null ? "not accepted" : entry.Delivered ? "delivered, not acknowledged" : "not delivered")}");
            return missing.Count > most ? [.. lines, $"and {missing.Count - most} more"] : [.. lines];
        }
    }

    private Entry? Identify(LocalMember recipient, ReceivedMessage message)
    {
        if (message.Conversation == FileConversation)
        {
            ReceivedFileHash = System.Security.Cryptography.SHA256.HashData(message.Content.Span);
            return recipient == FilePair.To && message.From == _addresses[FilePair.From.Name] && ReceivedFileHash.AsSpan().SequenceEqual(_fileHash)
                ? File
                : null;
        }

        return NumberedContent.TryIdentify(_seed, message.Content.Span, out var pair, out var sequence)
            && message.Content.Length == _size
            && message.Conversation == Conversation
            && _entries.TryGetValue((pair, sequence), out var entry)
            && entry.Pair.To == recipient
            && message.From == _addresses[entry.Pair.From.Name]
            ? entry
            : null;
    }

    /// <summary>One message.</summary>
    internal sealed class Entry(DemoPair pair, int sequence)
    {
        public DemoPair Pair { get; } = pair;

        /// <summary>From 1; 0: the file.</summary>
        public int Sequence { get; } = sequence;

        /// <summary>The id that the sending node gave; null: not accepted yet.</summary>
        public ByteString? Id { get; set; }

        public bool Delivered { get; set; }

        public bool Acknowledged { get; set; }
    }
}
