using MixMq.Crypto;

namespace MixMq.Overlay.Links;

/// <summary>
/// Puts the parts of a message together that one connection brings. One message at a time, of bounded length; a certificate's parts lie in
/// secret memory from the first on.
/// </summary>
internal sealed class HandoverAssembly : IDisposable
{
    private const int FirstRoom = 16 * 1024;
    private HandoverKind? _kind;
    private SecretBytes? _secret;
    private byte[] _open = [];
    private int _length;

    /// <summary>What is there by now.</summary>
    public ReadOnlySpan<byte> Content => (_secret is null ? _open : _secret.Span)[.._length];

    /// <summary>Takes the next part. False: it doesn't follow what came before, or the message becomes too long.</summary>
    public bool TryAdd(HandoverKind kind, bool first, ReadOnlySpan<byte> part)
    {
        if (first)
        {
            Clear();
            _kind = kind;
        }

        if (_kind != kind || part.Length > HandoverMessage.Limit(kind) - _length)
        {
            return false;
        }

        part.CopyTo(Room(kind, _length + part.Length)[_length..]);
        _length += part.Length;
        return true;
    }

    /// <summary>Forgets the message; the next part must begin one.</summary>
    public void Clear()
    {
        _secret?.Dispose();
        _secret = null;
        _open = [];
        _length = 0;
        _kind = null;
    }

    public void Dispose() => Clear();

    private Span<byte> Room(HandoverKind kind, int length)
    {
        if (kind == HandoverKind.Certificate)
        {
            // All that it can become at once, so that secret bytes are never moved.
            return (_secret ??= new SecretBytes(LinkProtocol.HandedCertificateBytes)).Span;
        }

        if (length > _open.Length)
        {
            Array.Resize(ref _open, Math.Min(Math.Max(Math.Max(2 * _open.Length, FirstRoom), length), HandoverMessage.Limit(kind)));
        }

        return _open;
    }
}
