using System.Buffers.Binary;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>What was sent in each direction and what came, kept outside of the network: finds what was lost, doubled, out of order or changed. Safe for use from any thread.</summary>
internal sealed class DirectionLedger
{
    private const int HeaderBytes = 8;
    private readonly Lock _lock = new();
    private readonly List<string> _faults = [];
    private readonly Dictionary<(string From, string To), (int Sent, int Got)> _counts = [];

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>All that was sent has come.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
                return _counts.Values.All(count => count.Sent == count.Got);
        }
    }

    public int Total
    {
        get
        {
            lock (_lock)
                return _counts.Values.Sum(count => count.Got);
        }
    }

    /// <summary>The content of the next message of a direction, and notes that it is sent.</summary>
    public byte[] Next(string from, string to, int bytes)
    {
        lock (_lock)
        {
            var (sent, got) = _counts.GetValueOrDefault((from, to));
            _counts[(from, to)] = (sent + 1, got);
            return Content(from, to, sent + 1, bytes);
        }
    }

    /// <summary>A message came.</summary>
    public void Note(string from, string to, ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            var (sent, got) = _counts.GetValueOrDefault((from, to));
            var number = content.Length < HeaderBytes ? 0 : BinaryPrimitives.ReadInt32BigEndian(content[4..]);
            if (!content.SequenceEqual(Content(from, to, number, content.Length)))
                _faults.Add($"{from} to {to}: what came after message {got} is none of those sent");
            else if (number <= got)
                _faults.Add($"{from} to {to}: message {number} came again, after {got}");
            else if (number != got + 1 || number > sent)
                _faults.Add($"{from} to {to}: message {number} of {sent} came after {got}");
            _counts[(from, to)] = (sent, Math.Max(got, number));
        }
    }

    /// <summary>How far all directions are, for the message of a failure.</summary>
    public string Standing()
    {
        lock (_lock)
            return string.Join("; ", _counts.Select(count => $"{count.Key.From} to {count.Key.To}: {count.Value.Got} of {count.Value.Sent}"));
    }

    /// <summary>The direction and the number, and bytes that follow from them.</summary>
    private static byte[] Content(string from, string to, int number, int bytes)
    {
        var content = new byte[Math.Max(bytes, HeaderBytes)];
        new Random(((from[^1] * 1000) + to[^1]) ^ (number << 8)).NextBytes(content);
        content[0] = (byte)from[^1];
        content[1] = (byte)to[^1];
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), number);
        return content[..bytes];
    }
}
