namespace MixMq.Transport.Tls;

/// <summary>The revocation lists of the moment: a file's, or what the inside handed over. Thread-safe.</summary>
public sealed class RevocationSet
{
    private RevocationList[] _current = [];

    /// <summary>The lists; replaced as a whole and never changed.</summary>
    internal RevocationList[] Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
