using System.Text;
using MixMq.Crypto;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;
using MixMq.Transport;
using MixMq.Transport.Invites;
using MixMq.Transport.Tls;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// An invite that somebody sent by whatever way. Bit 0 of the first byte: the rest is the text, otherwise the bytes. Bit 1, for bytes: they are made an
/// invite of the harness's own key and signed again.
/// </summary>
internal sealed class InviteTarget : FuzzTarget, IDisposable
{
    private const int AddressOffset = 34;
    private readonly NodeIdentity _identity = NodeIdentity.Generate(new FewRandomBytes(14));

    public override string Name => "invite";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Transport.Invites.InviteFormat::TryRead", "MixMq.Transport.Invites.InviteFormat::Read", "MixMq.Transport.Invites.InviteFormat::Is",
        "MixMq.Transport.Invites.InviteReader::", "MixMq.Transport.Invites.InviteText::TryRead", "MixMq.Transport.Invites.InviteTrust::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("system", [2, .. Sign(BySystem)]),
        ("pin", [0, .. Sign(InviteTrust.ByPin(Pin))]),
        ("dials", [2, .. InviteFormat.Sign(Draft(InviteTrust.ByPin(Pin)) with { Endpoint = null, Dials = true, Answers = new byte[] { 1, 2, 3 }.Concat(new byte[29]).ToArray() }, _identity)]),
        ("contact", [2, .. InviteFormat.Sign(Draft(BySystem) with { Contact = _identity.Address }, _identity)]),
        ("authority", [2, .. Sign(BySystem).AsSpan(0, 180), 2, 5, 0, 0x30, 3, 2, 1, 0, 1, 1, 0, (byte)'a', .. new byte[64]]),
        ("text", [1, .. Encoding.ASCII.GetBytes(InviteText.Write(Sign(BySystem)))]),
        ("text-quoted", [1, .. Encoding.ASCII.GetBytes("> " + InviteText.Write(Sign(BySystem)).Replace("\n", "\n> ", StringComparison.Ordinal))]),
        ("text-without-end", [1, .. Encoding.ASCII.GetBytes(InviteText.Begin + "\nAAAA")]),
        ("version", [0, 9]),
    ];

    private static CertificatePin Pin => CertificatePin.TryParse("sha256:" + new string('5', 64), out var pin) ? pin : throw new InvalidOperationException();

    private static InviteTrust BySystem => InviteTrust.BySystem(InviteNameKind.Subject, "CN=float,O=Bank A")!;

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        if ((flags & 1) != 0)
        {
            var error = InviteText.TryRead(Encoding.Latin1.GetString(choices.Rest), out var found);
            return Check(error, found);
        }

        var bytes = choices.Rest.ToArray();
        if ((flags & 2) != 0 && bytes.Length >= AddressOffset + NodeAddress.ByteLength + Ed25519.SignatureBytes)
        {
            _identity.Address.CopyTo(bytes.AsSpan(AddressOffset));
            _identity.Sign([.. "MixMq-invite-v1"u8, .. bytes.AsSpan(0, bytes.Length - Ed25519.SignatureBytes)], bytes.AsSpan(bytes.Length - Ed25519.SignatureBytes));
        }

        if (!Check(InviteFormat.TryRead(bytes, out var invite), invite))
        {
            return false;
        }

        InvariantException.Require(bytes.Length <= Invite.MaxBytes, "Within the limit.");
        InvariantException.Require(
            invite!.From != _identity.Address || InviteFormat.Sign(invite, _identity).AsSpan().SequenceEqual(bytes), "What is taken is written as the same bytes.");
        return true;
    }

    public void Dispose() => _identity.Dispose();

    private static bool Check(InviteError error, Invite? invite)
    {
        InvariantException.Require((error == InviteError.None) == (invite is not null), "An invite or an error.");
        if (invite is not null)
        {
            InvariantException.Require(invite.Endpoint is not null || invite.Dials, "There is a way to link.");
            InvariantException.Require(Invite.IsName(invite.Name) && invite.Fingerprint.Length == 24, "It can be shown.");
        }

        return invite is not null;
    }

    private static Invite Draft(InviteTrust trust, NodeAddress from) => new()
    {
        NetworkId = SmallNetwork.Definition.Id.ToArray(),
        From = from,
        Name = "bank-a",
        IssuedUnixSeconds = 1_800_000_000,
        NotAfterUnixSeconds = 1_800_086_400,
        Endpoint = "float.example:7400",
        Trust = trust,
    };

    private Invite Draft(InviteTrust trust) => Draft(trust, _identity.Address);

    private byte[] Sign(InviteTrust trust) => InviteFormat.Sign(Draft(trust), _identity);
}
