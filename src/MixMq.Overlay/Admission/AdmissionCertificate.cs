using System.Text;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>
/// That the authorities have admitted a node to a permissioned network. The node carries it in its link-state record, which it must not outlive.
/// </summary>
/// <remarks>
/// <code>
/// version u8 = 1 | kind u8 = 3 | address[32] | roles u16 (1 relay, 2 endpoint) | not after u64 ms | institution length u8 >= 1 | UTF-8
/// signatures
/// </code>
/// </remarks>
public sealed class AdmissionCertificate : AuthorityStatement
{
    private const int AddressOffset = 2;
    private const int HeadBytes = AddressOffset + NodeAddress.ByteLength + sizeof(ushort) + sizeof(ulong) + 1;
    private const AdmissionRoles KnownRoles = AdmissionRoles.Relay | AdmissionRoles.Endpoint;

    private AdmissionCertificate(byte[] encoded, in Head head)
        : base(StatementKind.Certificate, encoded, head.BodyBytes)
    {
        Address = head.Address;
        Roles = head.Roles;
        NotAfterUnixMillis = head.NotAfterUnixMillis;
        Institution = Encoding.UTF8.GetString(encoded.AsSpan(HeadBytes..head.BodyBytes));
    }

    /// <summary>Label of the signatures; the network id follows it.</summary>
    public static ReadOnlySpan<byte> SignatureLabel => "MixMq-admission-v1"u8;

    /// <summary>Who is admitted.</summary>
    public NodeAddress Address { get; }

    /// <summary>As what.</summary>
    public AdmissionRoles Roles { get; }

    /// <summary>Until when, unix milliseconds.</summary>
    public long NotAfterUnixMillis { get; }

    /// <summary>Whose node it is, as the authorities write it; institutions are told apart by these bytes. Of any script: show it with care.</summary>
    public string Institution { get; }

    private protected override ReadOnlySpan<byte> Label => SignatureLabel;

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one certificate; copied.</param>
    /// <param name="certificate">The certificate, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out AdmissionCertificate? certificate)
    {
        var error = Check(encoded, out var head);
        certificate = error == StatementError.None ? new AdmissionCertificate(encoded.ToArray(), head) : null;
        return error;
    }

    /// <summary>A certificate that nobody has signed yet.</summary>
    /// <param name="address">Who is to be admitted.</param>
    /// <param name="institution">Whose node it is; 1 to 255 bytes of UTF-8 without control characters.</param>
    /// <param name="roles">At least one.</param>
    /// <param name="notAfterUnixMillis">Until when, unix milliseconds.</param>
    /// <param name="certificate">The certificate, or null.</param>
    /// <returns>What is wrong, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryCreate(
        NodeAddress address, string institution, AdmissionRoles roles, long notAfterUnixMillis, out AdmissionCertificate? certificate)
    {
        ArgumentNullException.ThrowIfNull(institution);
        var writer = new StatementWriter(StatementKind.Certificate);
        writer.Address(address);
        writer.Number((ulong)roles, sizeof(ushort));
        writer.Number((ulong)notAfterUnixMillis, sizeof(ulong));
        if (!writer.TryText(institution))
        {
            certificate = null;
            return StatementError.InvalidText;
        }

        return TryParse(writer.Unsigned(), out certificate);
    }

    /// <summary>Checks a certificate without keeping anything: records come more often than they are taken.</summary>
    internal static StatementError Check(ReadOnlySpan<byte> encoded, out Head head)
    {
        head = default;
        if (encoded.Length > AdmissionLimits.MaxCertificateBytes)
        {
            return StatementError.TooLong;
        }

        var reader = new WireReader(encoded);
        if (!reader.TryByte(out var version) || !reader.TryByte(out var kind))
        {
            return StatementError.Truncated;
        }

        if (version != Version || kind != (byte)StatementKind.Certificate)
        {
            return version != Version ? StatementError.UnknownVersion : StatementError.UnknownKind;
        }

        if (!reader.TryBytes(NodeAddress.ByteLength, out var address) || !reader.TryUInt16(out var roles) || !reader.TryUInt64(out var notAfter)
            || !reader.TryByte(out var length) || !reader.TryBytes(length, out var institution))
        {
            return StatementError.Truncated;
        }

        if (roles == 0 || ((AdmissionRoles)roles & ~KnownRoles) != AdmissionRoles.None)
        {
            return StatementError.InvalidFlags;
        }

        if (notAfter is 0 or >= 1UL << 62)
        {
            return StatementError.InvalidTimes;
        }

        if (!IsText(institution))
        {
            return StatementError.InvalidText;
        }

        head = new Head(NodeAddress.FromBytes(address), (AdmissionRoles)roles, (long)notAfter, encoded.Length - reader.Remaining);
        return SignatureList.Check(ref reader);
    }

    /// <summary>What is checked before anything is kept.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    internal readonly record struct Head(NodeAddress Address, AdmissionRoles Roles, long NotAfterUnixMillis, int BodyBytes);
}
