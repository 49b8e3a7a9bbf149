using System.Globalization;
using MixMq.Transport.Configuration;
using MixMq.Transport.Files;

namespace MixMq.Transport.Audit;

/// <summary>
/// The files of an audit trail: one that is written to, and beside it those that were full, each named by its first number. Lines are
/// only ever added. Not thread-safe.
/// </summary>
/// <remarks>
/// A file begins by an atomic replacement, so it always has its first line whole. A line that a crash cut off stays where it is: the
/// file is set aside, and the next one says how many bytes it was. So is a file whose chain doesn't hold; the next one says from which line.
/// </remarks>
internal sealed class AuditFile : IDisposable
{
    private readonly AuditConfiguration _configuration;
    private readonly string _path;
    private FileStream? _stream;
    private byte[] _last = new byte[AuditLine.HashBytes];

    internal AuditFile(AuditConfiguration configuration)
    {
        _configuration = configuration;
        _path = configuration.File!;
    }

    /// <summary>Number of the newest line; 0 before the first.</summary>
    internal long LastNumber { get; private set; }

    /// <summary>Hash of the newest line.</summary>
    internal ReadOnlySpan<byte> LastHash => _last;

    /// <summary>What was wrong with the file that was found, for the log; null: nothing.</summary>
    internal string? Found { get; private set; }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>Takes up the trail where it ended, or begins one.</summary>
    /// <exception cref="IOException">The files can't be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The files can't be used.</exception>
    internal void Open(DateTimeOffset now)
    {
        Dispose();
        Found = null;
        if (!File.Exists(_path))
        {
            if (Rotated().LastOrDefault() is { } newest)
            {
                // Stopped between setting a file aside and beginning the next.
                Resume(Scan(newest));
            }

            Begin(now, "");
            return;
        }

        var scan = Scan(_path);
        if (scan.LastHash is null && scan.TornBytes == 0 && scan.BrokenLine == 0 && Rotated().Length == 0)
        {
            Begin(now, "");
            return;
        }

        Resume(scan);
        if (scan.Why is null && scan.TornBytes == 0 && scan.LastHash is not null)
        {
            _stream = OpenToAppend();
            return;
        }

        Found = scan.Why is null
            ? $"its last line was cut off after {scan.TornBytes} bytes, as by a crash"
            : string.Create(CultureInfo.InvariantCulture, $"its chain breaks at line {scan.BrokenLine}");
        var fields = scan.Why is null ? $" torn={scan.TornBytes}" : $" broken={scan.BrokenLine}";
        SetAside(scan.FirstNumber, now);
        Begin(now, fields);
    }

    /// <summary>Adds a line; it is on disk after <see cref="Sync"/>.</summary>
    /// <exception cref="IOException">It may be there in part: <see cref="Open"/> again before the next.</exception>
    internal void Append(DateTimeOffset time, AuditEventKind kind, string fields)
    {
        var line = AuditLine.Write(_last, LastNumber + 1, time, kind, fields, out var hash);
        if (_stream!.Length + line.Length > _configuration.FileBytes)
        {
            var first = FirstNumberOf(_path);
            Dispose();
            SetAside(first, time);
            Begin(time, "");
            line = AuditLine.Write(_last, LastNumber + 1, time, kind, fields, out hash);
        }

        _stream!.Write(line);
        _last = hash;
        LastNumber++;
    }

    /// <summary>What was added survives a power failure once this returns.</summary>
    internal void Sync() => _stream!.Flush(flushToDisk: true);

    private static AuditScan Scan(string path)
    {
        using var stream = File.OpenRead(path);

        // A file is at most a few megabytes, and this is the start of a process, or the disk has just failed.
        return AuditScan.ReadAsync(stream, default, CancellationToken.None).GetAwaiter().GetResult();
    }

    private void Resume(AuditScan scan)
    {
        if (scan.LastHash is not null)
        {
            _last = scan.LastHash;
            LastNumber = scan.LastNumber;
        }
    }

    private void Begin(DateTimeOffset now, string further)
    {
        var line = AuditLine.Write(
            _last, LastNumber + 1, now, AuditEventKind.Began, $"previous={Convert.ToHexStringLower(_last)}{further}", out var hash);
        AtomicFile.Replace(_path, line, durable: true);
        _stream = OpenToAppend();
        _last = hash;
        LastNumber++;
        foreach (var old in Rotated().SkipLast(_configuration.Files - 1))
        {
            File.Delete(old);
        }
    }

    /// <summary>Under the number of its first line; of a file without a readable one, under the number that would come next.</summary>
    private void SetAside(long first, DateTimeOffset now)
    {
        var number = first > 0 ? first : LastNumber + 1;
        var target = string.Create(CultureInfo.InvariantCulture, $"{_path}.{number:D12}");
        if (File.Exists(target))
        {
            target += now.UtcDateTime.ToString("'-'yyyyMMddHHmmssfff", CultureInfo.InvariantCulture);
        }

        File.Move(_path, target);
    }

    private static long FirstNumberOf(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> beginning = stackalloc byte[AuditLine.MaxBytes];
        var read = beginning[..stream.ReadAtLeast(beginning, AuditLine.MaxBytes, throwOnEndOfStream: false)];
        var end = read.IndexOf((byte)'\n');
        return end < 0 ? 0 : AuditLine.Parse(read[..end])?.Number ?? 0;
    }

    private string[] Rotated()
    {
        var files = Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + ".*")
            .Where(file => file.Length > _path.Length + 1 && char.IsAsciiDigit(file[_path.Length + 1])).ToArray();
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private FileStream OpenToAppend() => new(_path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 0,
    });
}
