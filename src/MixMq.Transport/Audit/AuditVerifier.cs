using System.Collections.Immutable;
using System.Globalization;

namespace MixMq.Transport.Audit;

/// <summary>
/// Says whether the chain of an audit trail holds, over all its files. Reads only; needs no node. What it can't see is that the newest
/// lines were cut off, or that all was written anew: for that, a hash that was noted elsewhere is looked for.
/// </summary>
public static class AuditVerifier
{
    /// <summary>Verifies the files of one trail, given in any order.</summary>
    /// <param name="files">Names to report by, and what opens each; at least one.</param>
    /// <param name="through">The hash of a line that must be among them, 32 bytes; empty: none.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static async Task<AuditVerification> VerifyAsync(
        IReadOnlyList<(string Name, Func<Stream> Open)> files, ReadOnlyMemory<byte> through, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(files);
        var scans = new List<(string Name, AuditScan Scan)>();
        foreach (var (name, open) in files)
        {
            await using var stream = open();
            scans.Add((name, await AuditScan.ReadAsync(stream, through, cancellation)));
        }

        var ordered = scans.OrderBy(item => item.Scan.FirstNumber).ToList();
        var faults = ImmutableArray.CreateBuilder<AuditFault>();
        for (var i = 0; i < ordered.Count; i++)
        {
            var (name, scan) = ordered[i];
            if (i > 0)
            {
                CheckJoint(ordered[i - 1].Scan, name, scan, faults);
            }

            if (scan.Why is not null)
            {
                faults.Add(new AuditFault(name, scan.BrokenLine, scan.Why));
            }
            else if (scan.LastHash is null)
            {
                faults.Add(new AuditFault(name, 1, "there is no line in it"));
            }
            else if (scan.TornBytes > 0 && i + 1 < ordered.Count && ordered[i + 1].Scan.TornBefore != scan.TornBytes)
            {
                faults.Add(new AuditFault(name, scan.Lines + 1, "its last line is cut off, and the next file doesn't say so"));
            }
        }

        if (!through.IsEmpty && !ordered.Exists(item => item.Scan.Found))
        {
            faults.Add(new AuditFault(ordered[^1].Name, 0, "the hash asked for is in no line: lines were cut off or written anew, or it is of another trail"));
        }

        var newest = ordered[^1].Scan;
        return new AuditVerification
        {
            Files = ordered.Count,
            Lines = ordered.Sum(item => item.Scan.Lines),
            FirstNumber = ordered[0].Scan.FirstNumber,
            LastNumber = newest.LastNumber,
            LastHash = newest.LastHash is null ? "" : Convert.ToHexStringLower(newest.LastHash),
            TornBytes = newest.TornBytes,
            Faults = faults.ToImmutable(),
        };
    }

    private static void CheckJoint(AuditScan before, string name, AuditScan scan, ImmutableArray<AuditFault>.Builder faults)
    {
        // A file without one good line has been reported itself.
        if (scan.LastHash is null || before.LastHash is null)
        {
            return;
        }

        if (scan.FirstNumber > before.LastNumber + 1)
        {
            faults.Add(new AuditFault(
                name,
                1,
                string.Create(CultureInfo.InvariantCulture, $"lines {before.LastNumber + 1} to {scan.FirstNumber - 1} are missing before it: a file is not given, or lines were cut off")));
        }
        else if (!before.LastHash.AsSpan().SequenceEqual(scan.Previous))
        {
            faults.Add(new AuditFault(name, 1, "it doesn't follow the last line of the file before it"));
        }
    }
}
