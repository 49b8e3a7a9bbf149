using System.Globalization;
using System.Text;

namespace MixMq.Transport.Files;

/// <summary>
/// The last sequence that this node's link-state record may have used: one decimal number and a newline. It is on disk before
/// the record that uses it is signed, so that a restarted node never signs two records of one sequence.
/// </summary>
internal sealed class SequenceFile
{
    internal const string FileName = "sequence";
    private const int MaxBytes = 64;
    private readonly string _path;

    internal SequenceFile(string dataDirectory) => _path = Path.Combine(dataDirectory, FileName);

    /// <summary>The stored sequence; 0 when there is no file yet.</summary>
    /// <exception cref="IOException">The file is there but can't be understood: guessing could repeat a sequence.</exception>
    internal ulong Load()
    {
        if (!File.Exists(_path))
        {
            return 0;
        }

        var info = new FileInfo(_path);
        if (info.Length <= MaxBytes
            && ulong.TryParse(File.ReadAllText(_path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            return sequence;
        }

        throw new IOException($"'{_path}' does not hold a sequence number; if it is damaged, remove it: the clock then gives a higher one");
    }

    /// <summary>Stores the sequence durably.</summary>
    internal void Store(ulong sequence) =>
        AtomicFile.Replace(_path, Encoding.ASCII.GetBytes(sequence.ToString(CultureInfo.InvariantCulture) + "\n"), durable: true);
}
