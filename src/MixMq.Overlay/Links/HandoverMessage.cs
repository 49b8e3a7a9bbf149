using MixMq.Crypto;

namespace MixMq.Overlay.Links;

/// <summary>
/// One message that is handed over to a peer, as a whole; what is in it the overlay doesn't know. A certificate's stays in secret memory.
/// </summary>
/// <remarks>Owned by whoever has it; <see cref="OverlayCore.HandOver"/> takes it over. One thread at a time.</remarks>
public sealed class HandoverMessage : IDisposable
{
    private readonly SecretBytes? _secret;
    private readonly ReadOnlyMemory<byte> _open;

    /// <summary>A certificate with its key.</summary>
    /// <param name="certificate">At most <see cref="LinkProtocol.HandedCertificateBytes"/>; ownership moves to the message.</param>
    /// <exception cref="ArgumentException">It is longer.</exception>
    public HandoverMessage(SecretBytes certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        Kind = HandoverKind.Certificate;
        _secret = certificate;
        RequireLength(certificate.Length, nameof(certificate));
    }

    /// <summary>Revocation lists; they are public.</summary>
    /// <param name="lists">At most <see cref="LinkProtocol.HandedListsBytes"/>, may be empty; not changed afterwards.</param>
    /// <exception cref="ArgumentException">They are longer.</exception>
    public HandoverMessage(ReadOnlyMemory<byte> lists)
    {
        Kind = HandoverKind.RevocationLists;
        _open = lists;
        RequireLength(lists.Length, nameof(lists));
    }

    /// <summary>Which it is.</summary>
    public HandoverKind Kind { get; }

    /// <summary>The message; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Content => _secret is null ? _open.Span : _secret.Span;

    /// <summary>The longest message of a kind, in bytes; 0 for a kind that there isn't.</summary>
    internal static int Limit(HandoverKind kind) => kind switch
    {
        HandoverKind.Certificate => LinkProtocol.HandedCertificateBytes,
        HandoverKind.RevocationLists => LinkProtocol.HandedListsBytes,
        _ => 0,
    };

    /// <summary>Zeroes what is secret. May be called again.</summary>
    public void Dispose() => _secret?.Dispose();

    private void RequireLength(int bytes, string name)
    {
        if (bytes > Limit(Kind))
        {
            throw new ArgumentException($"It has {bytes} bytes; a message of this kind has at most {Limit(Kind)}.", name);
        }
    }
}
