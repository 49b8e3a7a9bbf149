using System.Collections.Immutable;
using System.Security.Cryptography;

namespace MixMq.Transport.Files;

/// <summary>Something that files hold and that is taken again when they change. Used by one task at a time, but for <see cref="Problem"/>.</summary>
internal sealed class Reloadable
{
    /// <summary>What is beyond it is read, and fails, when the file is taken; here it only must not be held in memory.</summary>
    private const int BufferBytes = 16 * 1024;

    private readonly Func<string?> _take;
    private readonly Func<byte[]> _fingerprint;
    private byte[] _tried;
    private string? _problem;

    /// <param name="what">Name in the log, as the beginning of a sentence.</param>
    /// <param name="files">The files; a change of any is a change.</param>
    /// <param name="take">Reads, checks and takes what is there; a reason when it can't be used, and the old one stays.</param>
    internal Reloadable(string what, ImmutableArray<string> files, Func<string?> take)
        : this(what, files, () => HashOf(files), take)
    {
    }

    /// <summary>For what isn't in files that can be named.</summary>
    internal Reloadable(string what, ImmutableArray<string> files, Func<byte[]> fingerprint, Func<string?> take)
    {
        What = what;
        Files = files;
        _fingerprint = fingerprint;
        _take = take;
        _tried = fingerprint();
    }

    internal string What { get; }

    internal ImmutableArray<string> Files { get; }

    /// <summary>What is taken is only given on, and whether it holds is judged after it: the log mustn't say that it is in use.</summary>
    internal bool IsJudgedLater { get; init; }

    /// <summary>Why what is there now was not taken; null: it is in use.</summary>
    internal string? Problem => Volatile.Read(ref _problem);

    /// <summary>Stands for the contents as they are now.</summary>
    internal byte[] Fingerprint() => _fingerprint();

    /// <summary>Whether the contents are others than those last tried.</summary>
    internal bool IsNew(byte[] fingerprint) => !fingerprint.AsSpan().SequenceEqual(_tried);

    /// <summary>Takes what is there now; null, or the reason why not.</summary>
    internal string? Take(byte[] fingerprint)
    {
        _tried = fingerprint;
        var problem = _take();
        Volatile.Write(ref _problem, problem);
        return problem;
    }

    private static byte[] HashOf(ImmutableArray<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
        foreach (var file in files)
        {
            try
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                hash.AppendData([1]);
                for (int read; (read = stream.Read(buffer)) > 0;)
                {
                    hash.AppendData(buffer, 0, read);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                hash.AppendData([0]);
            }
        }

        CryptographicOperations.ZeroMemory(buffer);
        return hash.GetHashAndReset();
    }
}
