using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Configuration;
using MixMq.Transport.Invites;
using MixMq.Transport.Tls;

namespace MixMq.Cli.Commands;

/// <summary>What an operator says of the own node in an invite, beyond what its configuration says.</summary>
internal sealed class InviteOptions
{
    private readonly Option<string?> _name = new("--as") { Description = "What the other operator may call this node: letters, digits, '.', '-', '_'.", HelpName = "name" };
    private readonly Option<string?> _endpoint = new("--endpoint") { Description = "Where this node can be dialled from outside. Default: the first of publicEndpoints.", HelpName = "host:port" };
    private readonly Option<string?> _contact = new("--contact") { Description = "The address of the endpoint node that messages are to be sent to, for the other operator's contacts.", HelpName = "mix1…" };
    private readonly Option<TimeSpan?> _expires = CommonOptions.Duration("--expires", "How long the invite is good. Default: 14d, at most 90d.");
    private readonly Option<string?> _pin = new("--pin") { Description = "The key of the certificate that peers are shown. Default: that of the node's own certificate.", HelpName = "sha256:hex" };
    private readonly Option<string?> _authority = new("--ca-file") { Description = "In place of the key: the CA of this institution, one certificate (PEM), which goes into the invite.", HelpName = "path" };
    private readonly Option<bool> _system = new("--system") { Description = "In place of the key: the certificate is by a CA of every system; with --dns-name or --subject." };
    private readonly Option<string?> _dnsName = new("--dns-name") { Description = "The DNS name that the certificate carries.", HelpName = "name" };
    private readonly Option<string?> _subject = new("--subject") { Description = "The whole subject that the certificate carries (RFC 4514).", HelpName = "name" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_name, _endpoint, _contact, _expires, _pin, _authority, _system, _dnsName, _subject])
            command.Add(option);
    }

    /// <summary>Where the own node can be dialled; null: nothing says so.</summary>
    public string? Endpoint(ParseResult parse, InvitingNode node) =>
        parse.GetValue(_endpoint) is { Length: > 0 } given ? given : node.Endpoints.FirstOrDefault();

    /// <summary>Signs an invite and gives its text.</summary>
    /// <exception cref="CommandException">Something is missing or wrong.</exception>
    public (string Text, Invite Invite) Make(
        ParseResult parse, CliEnvironment environment, InvitingNode node, string? endpoint, bool dials, ReadOnlyMemory<byte> answers)
    {
        var name = parse.GetValue(_name) is { Length: > 0 } given ? given
            : throw CommandException.Usage("Give --as: what the other operator may call this node, such as bank-a.");
        if (!Invite.IsName(name))
            throw CommandException.Usage($"--as {name}: up to {Invite.MaxNameLength} letters, digits, '.', '-' or '_'.");
        if (endpoint is not null && !DialTarget.TryParse(endpoint, out _))
            throw CommandException.Usage($"--endpoint {endpoint}: {DialTarget.Form}.");
        var lifetime = parse.GetValue(_expires) ?? TimeSpan.FromDays(14);
        if (lifetime.TotalSeconds is < 1 or > Invite.LongestSeconds)
            throw CommandException.Usage("--expires: from a second to 90 days.");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var draft = new Invite
        {
            NetworkId = node.Network.Id.ToArray(),
            From = node.Identity.Address,
            Name = name,
            IssuedUnixSeconds = now,
            NotAfterUnixSeconds = now + (long)lifetime.TotalSeconds,
            Endpoint = endpoint,
            Dials = dials,
            Trust = Trust(parse, environment, node),
            Contact = parse.GetValue(_contact) is { Length: > 0 } contact ? NodeAddresses.Require(contact) : null,
            Answers = answers,
        };
        try
        {
            var bytes = InviteFormat.Sign(draft, node.Identity);
            return InviteFormat.TryRead(bytes, out var invite) == InviteError.None ? (InviteText.Write(bytes), invite!) : throw new InvalidOperationException();
        }
        catch (ArgumentException)
        {
            throw CommandException.Usage("The invite can't be made: the endpoint has more than 255 characters, or some beyond ASCII.");
        }
    }

    private InviteTrust Trust(ParseResult parse, CliEnvironment environment, InvitingNode node)
    {
        var (pin, file, system) = (parse.GetValue(_pin), parse.GetValue(_authority), parse.GetValue(_system));
        if ((string.IsNullOrEmpty(pin) ? 0 : 1) + (string.IsNullOrEmpty(file) ? 0 : 1) + (system ? 1 : 0) > 1)
            throw CommandException.Usage("Give at most one of --pin, --ca-file and --system: how this node's certificate is trusted.");
        var (kind, name) = parse.GetValue(_dnsName) is { Length: > 0 } dns ? (InviteNameKind.Dns, dns)
            : parse.GetValue(_subject) is { Length: > 0 } subject ? (InviteNameKind.Subject, subject) : (InviteNameKind.None, "");
        if (system)
        {
            return InviteTrust.BySystem(kind, name)
                ?? throw CommandException.Usage("--system needs a right --dns-name or --subject: the system's CAs issue to anybody.");
        }

        if (!string.IsNullOrEmpty(file))
        {
            return InviteTrust.ByAuthority(Certificate(environment.FullPath(file)), kind, name)
                ?? throw CommandException.Usage($"--ca-file {file}: one certificate of at most {InviteTrust.MaxAuthorityBytes} bytes, and a right --dns-name or --subject if one is given.");
        }

        if (kind != InviteNameKind.None)
            throw CommandException.Usage("--dns-name and --subject go with --ca-file or --system: a key alone decides.");
        if (!string.IsNullOrEmpty(pin))
            return CertificatePin.TryParse(pin, out var parsed) ? InviteTrust.ByPin(parsed) : throw CommandException.Usage("--pin: sha256: and 64 hex digits.");
        return node.Pin is { } own
            ? InviteTrust.ByPin(own)
            : throw CommandException.Usage("This float shows peers a certificate that its inside hands over: give its --pin, --ca-file or --system.");
    }

    private static byte[] Certificate(string file)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            return certificate.RawData;
        }
        catch (CryptographicException)
        {
            throw CommandException.Usage($"{file} is no certificate in PEM.");
        }
    }
}
