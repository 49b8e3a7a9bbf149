using System.Text;
using MixMq.Crypto;
using MixMq.Transport.Invites;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Invites;

public sealed class InviteTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private readonly NodeIdentity _alice = NodeIdentity.Generate(SystemRandomSource.Instance);
    private readonly NodeIdentity _bob = NodeIdentity.Generate(SystemRandomSource.Instance);
    private readonly TestCa _ca = new();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _ca.Dispose();
    }

    [Fact]
    [Trait("Spec", "LNK-51")]
    public void What_is_signed_is_read_as_it_was_written_whatever_the_trust()
    {
        InviteTrust[] trusts =
        [
            InviteTrust.ByPin(CertificatePin.Of(_ca.Certificate)),
            InviteTrust.ByAuthority(_ca.Certificate.RawData, InviteNameKind.None, "")!,
            InviteTrust.ByAuthority(_ca.Certificate.RawData, InviteNameKind.Subject, "CN=Zoë,O=B")!,
            InviteTrust.BySystem(InviteNameKind.Dns, "float.a.example")!,
        ];
        foreach (var trust in trusts)
        {
            var draft = Draft() with { Trust = trust, Contact = _bob.Address, Dials = true };
            var bytes = InviteFormat.Sign(draft, _alice);
            Assert.Equal(InviteError.None, InviteText.TryRead(InviteText.Write(bytes), out var read));
            Assert.Equal(bytes, InviteFormat.Sign(read!, _alice));
            Assert.Equal((draft.From, draft.Name, draft.Endpoint, draft.Contact), (read!.From, read.Name, read.Endpoint, read.Contact));
            Assert.True(draft.Trust.Authority.Span.SequenceEqual(read.Trust.Authority.Span));
            Assert.Equal((trust.Kind, trust.NameKind, trust.Name), (read.Trust.Kind, read.Trust.NameKind, read.Trust.Name));
        }
    }

    [Fact]
    [Trait("Spec", "LNK-52")]
    public void It_is_good_for_its_time_and_its_network_and_for_others_alone()
    {
        Assert.Equal(InviteError.None, InviteFormat.TryRead(InviteFormat.Sign(Draft(), _alice), out var invite));
        var network = TestNode.Network.Definition.Id;
        Assert.Equal(InviteError.None, invite!.Judge(_bob.Address, network, Now));
        Assert.Equal(InviteError.None, invite.Judge(_bob.Address, network, Now.AddSeconds(3_600)));
        Assert.Equal(InviteError.Expired, invite.Judge(_bob.Address, network, Now.AddSeconds(3_601)));
        Assert.Equal(InviteError.None, invite.Judge(_bob.Address, network, Now.AddDays(-1)));
        Assert.Equal(InviteError.FromTheFuture, invite.Judge(_bob.Address, network, Now.AddDays(-1).AddSeconds(-1)));
        Assert.Equal(InviteError.OtherNetwork, invite.Judge(_bob.Address, TestNode.CreateNetwork("other").Definition.Id, Now));
        Assert.Equal(InviteError.Own, invite.Judge(_alice.Address, network, Now));
        Assert.All(Enum.GetValues<InviteError>(), error => Assert.Equal(error == InviteError.None, error.Describe().Length == 0));
    }

    [Fact]
    [Trait("Spec", "LNK-51")]
    public void No_byte_of_it_can_be_changed_unseen()
    {
        var bytes = InviteFormat.Sign(Draft(), _alice);
        for (var i = 0; i < bytes.Length; i++)
        {
            var altered = bytes.ToArray();
            altered[i] ^= 1;
            Assert.NotEqual(InviteError.None, InviteFormat.TryRead(altered, out _));
            Assert.NotEqual(InviteError.None, InviteFormat.TryRead(bytes.AsSpan(0, i), out _));
        }
    }

    [Fact]
    public void What_no_invite_may_say_is_not_signed()
    {
        Assert.Throws<ArgumentException>(() => InviteFormat.Sign(Draft() with { Name = "a b" }, _alice));
        Assert.Throws<ArgumentException>(() => InviteFormat.Sign(Draft() with { Endpoint = null }, _alice));
        Assert.Throws<ArgumentException>(() => InviteFormat.Sign(Draft() with { Endpoint = new string('e', 300) + ":1" }, _alice));
        Assert.Throws<ArgumentException>(() => InviteFormat.Sign(Draft(), _bob));
        Assert.Null(InviteTrust.BySystem(InviteNameKind.None, ""));
        Assert.Null(InviteTrust.ByAuthority(Encoding.ASCII.GetBytes(_ca.Pem), InviteNameKind.None, ""));
    }

    [Fact]
    [Trait("Spec", "LNK-50")]
    public void A_text_beyond_the_limit_is_not_looked_at() => Assert.Equal(
        InviteError.TooLong, InviteText.TryRead(new string(' ', InviteText.MaxLength) + InviteText.Write(InviteFormat.Sign(Draft(), _alice)), out _));

    [Fact]
    [Trait("Spec", "LNK-50")]
    public void Any_text_between_the_two_lines_has_an_outcome()
    {
        var random = new Random(50);
        for (var i = 0; i < 2_000; i++)
        {
            var content = new byte[random.Next(600)];
            random.NextBytes(content);
            var text = (i % 3) switch
            {
                0 => Encoding.Latin1.GetString(content),
                1 => Convert.ToBase64String(content),
                _ => Convert.ToBase64String([.. content, .. InviteFormat.HashOf(content).AsSpan(28)]),
            };
            Assert.NotEqual(InviteError.None, InviteText.TryRead($"{InviteText.Begin}\n{text}\n{InviteText.End}", out var invite));
            Assert.Null(invite);
        }
    }

    private Invite Draft() => new()
    {
        NetworkId = TestNode.Network.Definition.Id.ToArray(),
        From = _alice.Address,
        Name = "bank-a",
        IssuedUnixSeconds = Now.ToUnixTimeSeconds(),
        NotAfterUnixSeconds = Now.ToUnixTimeSeconds() + 3_600,
        Endpoint = "float.bank-a.example:7400",
        Trust = InviteTrust.BySystem(InviteNameKind.Dns, "float.bank-a.example")!,
    };
}
