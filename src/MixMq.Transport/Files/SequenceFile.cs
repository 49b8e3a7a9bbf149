using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MixMq.Transport.Files;

/// <summary>
/// The last sequence that this node's link-state record may have used. It is on disk before the record that uses it is signed, so that a restarted node never signs two records of one
/// sequence. One caller at a time.
/// </summary>
/// <remarks>
/// Two lines of 30 bytes at 0 and 512, in sectors of their own: 20 decimal digits, a space, the first four bytes of their SHA-256 in hexadecimal, a newline; the greater one counts. The line
/// that doesn't count is overwritten where it is: that needs no room, so that a node with a full disk stays in the network and can complete what it has accepted (a new file, put in the
/// old one's place, needs a block); and whatever a power failure leaves of it, the other line stands. Files of one decimal number and a newline, of earlier releases, are read and replaced.
/// </remarks>
internal sealed class SequenceFile
{
    internal const string FileName = "sequence";
    private const int SlotBytes = 512;
    private const int Digits = 20;
    private const int LineBytes = Digits + 1 + 8 + 1;
    private readonly string _path;

    // Where the next one goes; -1: there is no file of two lines yet.
    private int _slot = -1;

    internal SequenceFile(string dataDirectory) => _path = Path.Combine(dataDirectory, FileName);

    /// <summary>The stored sequence; 0 when there is no file yet.</summary>
    /// <exception cref="IOException">The file is there but can't be understood: guessing could repeat a sequence.</exception>
    internal ulong Load()
    {
        if (!File.Exists(_path))
        {
            return 0;
        }

        if (new FileInfo(_path).Length <= 2 * SlotBytes)
        {
            var content = File.ReadAllBytes(_path).AsSpan();
            if (content.Length == 2 * SlotBytes)
            {
                var (first, second) = (ReadLine(content[..LineBytes]), ReadLine(content.Slice(SlotBytes, LineBytes)));
                if (first is not null || second is not null)
                {
                    _slot = (first ?? 0) < (second ?? 0) ? 0 : 1;
                    return Math.Max(first ?? 0, second ?? 0);
                }
            }
            else if (ulong.TryParse(Encoding.ASCII.GetString(content).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            {
                return sequence;
            }
        }

        throw new IOException($"'{_path}' does not hold a sequence number; if it is damaged, remove it: the clock then gives a higher one");
    }

    /// <summary>Stores the sequence durably; it is greater than the last one.</summary>
    internal void Store(ulong sequence)
    {
        if (_slot < 0 || !File.Exists(_path))
        {
            var both = new byte[2 * SlotBytes];
            both.AsSpan().Fill((byte)' ');
            WriteLine(both, sequence);
            WriteLine(both.AsSpan(SlotBytes), sequence);
            AtomicFile.Replace(_path, both, durable: true);
            _slot = 0;
            return;
        }

        Span<byte> line = stackalloc byte[LineBytes];
        WriteLine(line, sequence);
        using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, line, _slot * SlotBytes);
        RandomAccess.FlushToDisk(file);
        _slot = 1 - _slot;
    }

    private static void WriteLine(Span<byte> line, ulong sequence)
    {
        _ = Utf8Formatter.TryFormat(sequence, line, out _, new System.Buffers.StandardFormat('D', Digits));
        line[Digits] = (byte)' ';
        WriteSum(line[..Digits], line.Slice(Digits + 1, 8));
        line[LineBytes - 1] = (byte)'\n';
    }

    private static ulong? ReadLine(ReadOnlySpan<byte> line)
    {
        Span<byte> sum = stackalloc byte[8];
        WriteSum(line[..Digits], sum);
        return line.Slice(Digits + 1, 8).SequenceEqual(sum) && ulong.TryParse(line[..Digits], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
    }

    private static void WriteSum(ReadOnlySpan<byte> digits, Span<byte> hex)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(digits, hash);
        _ = Convert.TryToHexStringLower(hash[..4], hex, out _);
    }
}
