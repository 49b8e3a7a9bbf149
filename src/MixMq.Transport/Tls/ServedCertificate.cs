using MixMq.Transport.Files;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Tls;

/// <summary>
/// The node's certificate of the moment: handshakes that begin take it, connections that are up keep theirs. One that the inside hands over
/// may not be there yet, or no longer. Thread-safe.
/// </summary>
internal sealed class ServedCertificate(LocalCertificate? first)
{
    private LocalCertificate? _current = first;

    /// <summary>Null: there is none, and no handshake can begin.</summary>
    internal LocalCertificate? Current => Volatile.Read(ref _current);

    /// <summary>The certificate of its files, taken again when they change and what they hold can be used.</summary>
    internal Reloadable From(CertificateFiles files, TimeProvider time) =>
        new("The node's certificate", files.Paths, () => Take(files, time.GetUtcNow()));

    /// <summary>Shows this one from now on. The one before is left to the collector: a handshake may be using it.</summary>
    internal void Put(LocalCertificate certificate) => Volatile.Write(ref _current, certificate);

    /// <summary>Shows none any more, and gives its key back; a handshake that is using it fails.</summary>
    internal void Forget() => Interlocked.Exchange(ref _current, null)?.Dispose();

    private string? Take(CertificateFiles files, DateTimeOffset now)
    {
        LocalCertificate read;
        try
        {
            read = files.Load();
        }
        catch (KeyFileException e)
        {
            return e.Message;
        }

        if (read.FaultAt(now) is { } fault)
        {
            read.Dispose();
            return fault;
        }

        Put(read);
        return null;
    }
}
