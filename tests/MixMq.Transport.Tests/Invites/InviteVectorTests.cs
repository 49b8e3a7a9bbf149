using System.Text.Json.Nodes;
using MixMq.Transport.Invites;

namespace MixMq.Transport.Tests.Invites;

public sealed class InviteVectorTests
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "vectors", "invite");

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Root, "*.json", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [Trait("Spec", "LNK-50")]
    [Trait("Spec", "LNK-51")]
    [MemberData(nameof(Files))]
    public void What_the_vector_says_is_taken_or_refused(string file)
    {
        var vector = JsonNode.Parse(File.ReadAllText(Path.Combine(Root, file)))!.AsObject();
        var expect = vector["expect"]!.AsObject();
        var error = vector["text"] is { } text
            ? InviteText.TryRead(text.GetValue<string>(), out var invite)
            : InviteFormat.TryRead(Convert.FromHexString(vector["invite"]!.GetValue<string>()), out invite);
        if (expect["refused"] is { } refused)
        {
            Assert.Equal(refused.GetValue<string>(), error.ToString());
            Assert.Null(invite);
            return;
        }

        Assert.Equal(InviteError.None, error);
        Assert.Equal(Text("from"), Convert.ToHexStringLower(invite!.From.ToArray()));
        Assert.Equal(Text("name"), invite.Name);
        Assert.Equal(expect["issued"]!.GetValue<long>(), invite.IssuedUnixSeconds);
        Assert.Equal(expect["not_after"]!.GetValue<long>(), invite.NotAfterUnixSeconds);
        Assert.Equal(Text("endpoint"), invite.Endpoint ?? "");
        Assert.Equal(expect["dials"]!.GetValue<bool>(), invite.Dials);
        Assert.Equal(Text("answers"), Convert.ToHexStringLower(invite.Answers.Span));
        Assert.Equal(Text("contact"), invite.Contact is { } contact ? Convert.ToHexStringLower(contact.ToArray()) : "");
        Assert.Equal(Text("trust"), invite.Trust.Kind switch { InviteTrustKind.Pin => "pin", InviteTrustKind.Authority => "ca", _ => "system" });
        Assert.Equal(Text("required_name"), invite.Trust.NameKind == InviteNameKind.None ? "" : $"{invite.Trust.NameKind.ToString().ToLowerInvariant()} {invite.Trust.Name}");
        Assert.Equal(Text("hash"), Convert.ToHexStringLower(invite.Hash.Span));
        Assert.Equal(Text("hash")[..20], invite.Fingerprint.Replace("-", "", StringComparison.Ordinal));
        if (vector["invite"] is { } bytes)
        {
            Assert.Equal(Text("text"), InviteText.Write(Convert.FromHexString(bytes.GetValue<string>())));
        }

        string Text(string name) => expect[name]!.GetValue<string>();
    }
}
