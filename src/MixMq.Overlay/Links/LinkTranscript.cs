using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Overlay.Links;

/// <summary>
/// What ties a LINK-AUTH to one TLS connection and one exchange of LINK-OPENs. The signed message, 315 bytes:
/// <code>
/// | bytes | field                                                            |
/// | 18    | "MixMq-link-auth-v1"                                             |
/// | 1     | role of the signer                                               |
/// | 100   | the initiator's LINK-OPEN                                        |
/// | 100   | the acceptor's LINK-OPEN                                         |
/// | 32    | SHA-256 of the TLS channel binding                               |
/// | 32    | SHA-256 of the initiator's leaf certificate                      |
/// | 32    | SHA-256 of the acceptor's leaf certificate                       |
/// </code>
/// LINK-AUTH, 161 bytes, repeats the three hashes as the signer sees them. They prove nothing there; they let the verifier tell its operator
/// that a box terminates TLS between the two, where a signature alone would only say "wrong".
/// <code>
/// | offset | bytes | field                                                   |
/// | 0      | 1     | kind = 2                                                |
/// | 1      | 96    | the three hashes, as above                              |
/// | 97     | 64    | Ed25519 signature                                       |
/// </code>
/// </summary>
internal sealed class LinkTranscript
{
    public const int HashBytes = SHA256.HashSizeInBytes;
    public const int AuthBytes = 1 + (3 * HashBytes) + Ed25519.SignatureBytes;
    private const int SignatureOffset = AuthBytes - Ed25519.SignatureBytes;
    private readonly byte[] _hashes = new byte[3 * HashBytes];
    private readonly byte[] _opens = new byte[2 * LinkOpen.ByteLength];

    public LinkTranscript(LinkRole own, LinkOpen ownOpen, LinkOpen peerOpen, ConnectionInfo info)
    {
        var (initiator, acceptor) = own == LinkRole.Initiator ? (ownOpen, peerOpen) : (peerOpen, ownOpen);
        initiator.Bytes.CopyTo(_opens);
        acceptor.Bytes.CopyTo(_opens.AsSpan(LinkOpen.ByteLength));
        SHA256.HashData(info.ChannelBinding.Span, _hashes);
        var (first, second) = own == LinkRole.Initiator
            ? (info.LocalCertificateHash, info.RemoteCertificateHash)
            : (info.RemoteCertificateHash, info.LocalCertificateHash);
        first.Span.CopyTo(_hashes.AsSpan(HashBytes, HashBytes));
        second.Span.CopyTo(_hashes.AsSpan(2 * HashBytes, HashBytes));
    }

    public byte[] Message(LinkRole signer) => [.. LinkProtocol.AuthLabel, (byte)signer, .. _opens, .. _hashes];

    public byte[] FormatAuth(ReadOnlySpan<byte> signature) => [(byte)ControlKind.Auth, .. _hashes, .. signature];

    /// <summary>Compares a peer's LINK-AUTH with what this end sees; null: all alike, so the signature decides.</summary>
    public LinkRefusalReason? Compare(ReadOnlySpan<byte> auth)
    {
        if (auth.Length != AuthBytes)
        {
            return LinkRefusalReason.Malformed;
        }

        var theirs = auth.Slice(1, _hashes.Length);
        if (!theirs[..HashBytes].SequenceEqual(_hashes.AsSpan(0, HashBytes)))
        {
            return LinkRefusalReason.ChannelBindingMismatch;
        }

        return theirs.SequenceEqual(_hashes) ? null : LinkRefusalReason.CertificateMismatch;
    }

    public static ReadOnlySpan<byte> Signature(ReadOnlySpan<byte> auth) => auth[SignatureOffset..];
}
