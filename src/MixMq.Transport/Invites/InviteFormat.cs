using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Invites;

/// <summary>
/// An invite as bytes (spec/04-links.md, section 14):
/// <code>
/// | 0   | 1  | version = 1                                     |
/// | 1   | 1  | flags: 1 = may be dialled, 2 = dials            |
/// | 2   | 32 | network id                                      |
/// | 34  | 32 | address of the sender                           |
/// | 66  | 8  | made, unix seconds                              |
/// | 74  | 8  | good up to, unix seconds                        |
/// | 82  | 32 | hash of the invite that it answers, or zeros    |
/// | 114 | 32 | address of an endpoint node, or zeros           |
/// | 146 |    | u8 n ‖ name, u8 n ‖ endpoint, trust             |
/// |     | 64 | signature by the sender's address               |
/// trust = 1 ‖ pin[32]
///       | 2 ‖ u16 n ‖ CA certificate in DER ‖ required name
///       | 3 ‖ required name
/// required name = u8 kind (0 none, 1 DNS name, 2 subject) ‖ u16 n ‖ name
/// </code>
/// </summary>
public static class InviteFormat
{
    /// <summary>The one version there is.</summary>
    public const byte Version = 1;

    private const byte MayBeDialled = 1;
    private const byte Dials = 2;
    private const int PinBytes = SHA256.HashSizeInBytes;
    private const string PinPrefix = "sha256:";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static ReadOnlySpan<byte> SignatureLabel => "MixMq-invite-v1"u8;

    private static ReadOnlySpan<byte> HashLabel => "MixMq-invite-hash-v1"u8;

    /// <summary>Signs an invite.</summary>
    /// <param name="invite">What it says; its sender is the identity's own address.</param>
    /// <param name="identity">The sender.</param>
    /// <returns>The whole of it as bytes.</returns>
    /// <exception cref="ArgumentException">It says something that no invite may.</exception>
    public static byte[] Sign(Invite invite, NodeIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(invite);
        ArgumentNullException.ThrowIfNull(identity);
        using var body = new MemoryStream();
        using var writer = new BinaryWriter(body, Utf8);
        writer.Write(Version);
        writer.Write((byte)((invite.Endpoint is null ? 0 : MayBeDialled) | (invite.Dials ? Dials : 0)));
        writer.Write(invite.NetworkId.Span);
        writer.Write(invite.From.ToArray());
        writer.Write(invite.IssuedUnixSeconds);
        writer.Write(invite.NotAfterUnixSeconds);
        writer.Write(invite.Answers.IsEmpty ? new byte[Invite.HashBytes] : invite.Answers.Span);
        writer.Write(invite.Contact?.ToArray() ?? new byte[NodeAddress.ByteLength]);
        WriteShort(writer, invite.Name);
        WriteShort(writer, invite.Endpoint ?? "");
        WriteTrust(writer, invite.Trust);
        writer.Flush();
        var bytes = new byte[body.Length + Ed25519.SignatureBytes];
        body.ToArray().CopyTo(bytes, 0);
        identity.Sign([.. SignatureLabel, .. bytes.AsSpan(0, (int)body.Length)], bytes.AsSpan((int)body.Length));
        return TryRead(bytes, out _) is var error and not InviteError.None ? throw new ArgumentException($"No invite can say that: {error}.", nameof(invite)) : bytes;
    }

    /// <summary>The hash by which an answer names the invite that it answers; its beginning is the fingerprint, its end the checksum.</summary>
    /// <param name="bytes">A whole invite.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] HashOf(ReadOnlySpan<byte> bytes) => SHA256.HashData([.. HashLabel, .. bytes]);

    /// <summary>Reads an invite and checks its signature; times and network are judged by <see cref="Invite.Judge"/>. Never throws for any bytes.</summary>
    /// <param name="bytes">Unchecked bytes.</param>
    /// <param name="invite">The invite; null on an error.</param>
    /// <returns>What is wrong, if anything.</returns>
    public static InviteError TryRead(ReadOnlySpan<byte> bytes, out Invite? invite)
    {
        invite = null;
        if (bytes.Length > Invite.MaxBytes)
        {
            return InviteError.TooLong;
        }

        if (bytes.IsEmpty || bytes[0] != Version)
        {
            return bytes.IsEmpty ? InviteError.Malformed : InviteError.UnknownVersion;
        }

        var reader = new InviteReader(bytes[1..]);
        var flags = reader.Byte();
        var network = reader.Take(NetworkDefinition.IdBytes);
        var from = reader.Take(NodeAddress.ByteLength);
        var issued = reader.UInt64();
        var notAfter = reader.UInt64();
        var answers = reader.Take(Invite.HashBytes);
        var contact = reader.Take(NodeAddress.ByteLength);
        var name = reader.Text(reader.Byte(), Utf8);
        var endpoint = reader.Text(reader.Byte(), Utf8);
        var trust = ReadTrust(ref reader);
        var body = bytes[..^Math.Min(bytes.Length, reader.Left)];
        var signature = reader.Take(Ed25519.SignatureBytes);
        if (reader.Failed || reader.Left > 0 || trust is null
            || flags is 0 or > (MayBeDialled | Dials)
            || !AreTimes(issued, notAfter)
            || !Invite.IsName(name)
            || !IsEndpoint(endpoint, (flags & MayBeDialled) != 0)
            || !NodeAddress.TryFromBytes(from, out var sender)
            || !IsContact(contact, out var endpointNode))
        {
            return InviteError.Malformed;
        }

        if (!Ed25519.Verify(from, [.. SignatureLabel, .. body], signature))
        {
            return InviteError.BadSignature;
        }

        invite = new Invite
        {
            NetworkId = network.ToArray(),
            From = sender,
            Name = name,
            IssuedUnixSeconds = (long)issued,
            NotAfterUnixSeconds = (long)notAfter,
            Endpoint = endpoint.Length == 0 ? null : endpoint,
            Dials = (flags & Dials) != 0,
            Trust = trust,
            Contact = endpointNode,
            Answers = answers.ContainsAnyExcept((byte)0) ? answers.ToArray() : default,
            Hash = HashOf(bytes),
        };
        return InviteError.None;
    }

    private static bool AreTimes(ulong issued, ulong notAfter) =>
        notAfter <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() && issued < notAfter && notAfter - issued <= Invite.LongestSeconds;

    private static bool IsEndpoint(string text, bool isWanted) => isWanted
        ? text.Length <= Invite.MaxEndpointLength && Ascii.IsValid(text) && DialTarget.TryParse(text, out _)
        : text.Length == 0;

    private static bool IsContact(ReadOnlySpan<byte> bytes, out NodeAddress? contact)
    {
        contact = null;
        if (!bytes.ContainsAnyExcept((byte)0))
        {
            return true;
        }

        var isAddress = NodeAddress.TryFromBytes(bytes, out var address);
        contact = address;
        return isAddress;
    }

    private static InviteTrust? ReadTrust(ref InviteReader reader)
    {
        switch ((InviteTrustKind)reader.Byte())
        {
            case InviteTrustKind.Pin:
                return CertificatePin.TryParse(PinPrefix + Convert.ToHexStringLower(reader.Take(PinBytes)), out var pin) ? InviteTrust.ByPin(pin) : null;
            case InviteTrustKind.Authority:
                var length = reader.UInt16();
                var authority = reader.Take(length <= InviteTrust.MaxAuthorityBytes ? length : int.MaxValue);
                return ReadName(ref reader, out var kind, out var name) ? InviteTrust.ByAuthority(authority, kind, name) : null;
            case InviteTrustKind.System:
                return ReadName(ref reader, out kind, out name) ? InviteTrust.BySystem(kind, name) : null;
            default:
                return null;
        }
    }

    private static bool ReadName(ref InviteReader reader, out InviteNameKind kind, [NotNullWhen(true)] out string name)
    {
        kind = (InviteNameKind)reader.Byte();
        var length = reader.UInt16();
        name = reader.Text(length <= InviteTrust.MaxNameBytes ? length : int.MaxValue, Utf8);
        return !reader.Failed;
    }

    private static void WriteTrust(BinaryWriter writer, InviteTrust trust)
    {
        writer.Write((byte)trust.Kind);
        switch (trust.Kind)
        {
            case InviteTrustKind.Pin:
                writer.Write(Convert.FromHexString(trust.Pin.ToString()[PinPrefix.Length..]));
                return;
            case InviteTrustKind.Authority:
                writer.Write(checked((ushort)trust.Authority.Length));
                writer.Write(trust.Authority.Span);
                break;
            default:
                break;
        }

        var name = Utf8.GetBytes(trust.Name);
        writer.Write((byte)trust.NameKind);
        writer.Write(checked((ushort)name.Length));
        writer.Write(name);
    }

    private static void WriteShort(BinaryWriter writer, string text)
    {
        var bytes = Utf8.GetBytes(text);
        if (bytes.Length > byte.MaxValue)
        {
            throw new ArgumentException("A name or an endpoint is too long.", nameof(text));
        }

        writer.Write((byte)bytes.Length);
        writer.Write(bytes);
    }
}
