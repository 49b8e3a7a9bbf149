using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;

namespace MixMq.Transport.Audit;

/// <summary>What is in one file of an audit trail, read from its beginning as far as the chain holds.</summary>
internal sealed class AuditScan
{
    private AuditScan()
    {
    }

    /// <summary>The hash that the first line says it follows; null when there is no first line that says so.</summary>
    internal byte[]? Previous { get; private set; }

    /// <summary>Hash of the last line that holds; null when none does.</summary>
    internal byte[]? LastHash { get; private set; }

    internal long FirstNumber { get; private set; }

    internal long LastNumber { get; private set; }

    /// <summary>Lines that hold.</summary>
    internal long Lines { get; private set; }

    /// <summary>Bytes of the unfinished line that the file before this one ended in, as the first line says; 0: none.</summary>
    internal long TornBefore { get; private set; }

    /// <summary>Bytes after the last line end: a line that was being written when the machine stopped, or is being written now.</summary>
    internal long TornBytes { get; private set; }

    /// <summary>The first line that doesn't hold, from 1; 0: all do.</summary>
    internal long BrokenLine { get; private set; }

    /// <summary>Why it doesn't; null when all do.</summary>
    internal string? Why { get; private set; }

    /// <summary>Whether a line has the hash that was looked for.</summary>
    internal bool Found { get; private set; }

    /// <summary>Reads a file. Memory is bounded by a line's length, whatever the file holds.</summary>
    /// <param name="stream">From its beginning; stays open.</param>
    /// <param name="wanted">A hash to look for; null: none.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    internal static async Task<AuditScan> ReadAsync(Stream stream, ReadOnlyMemory<byte> wanted, CancellationToken cancellation)
    {
        var scan = new AuditScan();
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await pipe.ReadAsync(cancellation);
                var rest = result.Buffer;
                while (scan.Why is null && rest.PositionOf((byte)'\n') is { } end)
                {
                    scan.Take(rest.Slice(0, end), wanted.Span);
                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                if (scan.Why is not null)
                {
                    return scan;
                }

                if (rest.Length > AuditLine.MaxBytes)
                {
                    scan.Break("it is no line of an audit trail");
                    return scan;
                }

                if (result.IsCompleted)
                {
                    scan.TornBytes = rest.Length;
                    return scan;
                }

                pipe.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private void Take(ReadOnlySequence<byte> sequence, ReadOnlySpan<byte> wanted)
    {
        if (sequence.Length > AuditLine.MaxBytes)
        {
            Break("it is no line of an audit trail");
            return;
        }

        Span<byte> bytes = stackalloc byte[(int)sequence.Length];
        sequence.CopyTo(bytes);
        if (AuditLine.Parse(bytes) is not { } line)
        {
            Break("it is no line of an audit trail");
            return;
        }

        if (LastHash is null && !TryBegin(line))
        {
            Break("a file's first line must say what it follows; lines before it are gone");
        }
        else if (!line.Follows(LastHash ?? Previous, bytes))
        {
            Break("its hash is not that of this line after the one before: one of the two was changed, or lines between them are gone");
        }
        else if (LastHash is not null && line.Number != LastNumber + 1)
        {
            Break("its number doesn't follow the one before");
        }
        else
        {
            LastHash = line.Hash;
            LastNumber = line.Number;
            Lines++;
            Found |= wanted.SequenceEqual(line.Hash);
        }
    }

    private bool TryBegin(AuditLine line)
    {
        var hash = new byte[AuditLine.HashBytes];
        if (line.Event != AuditLine.Name(AuditEventKind.Began)
            || line["previous"] is not { Length: AuditLine.HashBytes * 2 } previous
            || Convert.FromHexString(previous, hash, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        Previous = hash;
        FirstNumber = line.Number;
        TornBefore = long.TryParse(line["torn"], NumberStyles.None, CultureInfo.InvariantCulture, out var torn) ? torn : 0;
        return true;
    }

    private void Break(string why)
    {
        BrokenLine = Lines + 1;
        Why = why;
    }
}
