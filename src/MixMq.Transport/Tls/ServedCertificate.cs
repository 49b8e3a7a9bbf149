using MixMq.Transport.Files;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Tls;

/// <summary>The node's certificate of the moment: handshakes that begin take it, connections that are up keep theirs. Thread-safe.</summary>
internal sealed class ServedCertificate(LocalCertificate first)
{
    private LocalCertificate _current = first;

    internal LocalCertificate Current => Volatile.Read(ref _current);

    /// <summary>The certificate of its files, taken again when they change and what they hold can be used.</summary>
    internal Reloadable From(CertificateFiles files, TimeProvider time) =>
        new("The node's certificate", files.Paths, () => Take(files, time.GetUtcNow()));

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

        // The one before is left to the collector: a handshake may be using it.
        Volatile.Write(ref _current, read);
        return null;
    }
}
