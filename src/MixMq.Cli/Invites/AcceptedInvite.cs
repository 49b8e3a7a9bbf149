using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;
using MixMq.Sphinx;
using MixMq.Transport.Invites;

namespace MixMq.Cli.Invites;

/// <summary>What an invite makes of a configuration: a peer that is new or changed, and a contact where a node is told of one.</summary>
internal sealed class AcceptedInvite
{
    private readonly ConfigurationEdit _edit;
    private readonly Invite _invite;
    private readonly string _name;

    /// <param name="edit">The configuration, its peers about to be changed.</param>
    /// <param name="invite">A good invite.</param>
    /// <param name="name">What the peer is called here.</param>
    /// <exception cref="CommandException">The name is another peer's or contact's.</exception>
    public AcceptedInvite(ConfigurationEdit edit, Invite invite, string name)
    {
        (_edit, _invite, _name) = (edit, invite, name);
        if (!Invite.IsName(name))
            throw CommandException.Usage($"--name {name}: up to {Invite.MaxNameLength} letters, digits, '.', '-' or '_'.");
        (Text, var change) = Peer();
        Changes = [change];
        if (invite.Contact is { } contact && edit.Kind == ConfigurationKind.Node)
        {
            (Text, change) = Contact(edit.With(Text, "contacts"), contact);
            Changes = [.. Changes, change];
        }
    }

    /// <summary>The configuration's whole new text.</summary>
    public byte[] Text { get; }

    public IReadOnlyList<EntryChange> Changes { get; }

    private string AuthorityFile => _name + ".ca.pem";

    /// <summary>Whom it is from, for a person to compare.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
            Invite from    {_invite.From}
            calls itself   {TerminalText.Escape(_invite.Name)}
            fingerprint    {_invite.Fingerprint}   compare it by telephone: the signature says which node it is from, not whose that is
            made           {Clock.Show(_invite.IssuedUnixSeconds * 1000)}, good until {Clock.Show(_invite.NotAfterUnixSeconds * 1000)}
            """);
        if (!_invite.Answers.IsEmpty)
            text.Append("\nanswers        your invite with the fingerprint ").Append(_invite.AnswersFingerprint);
        if (_invite.Trust.Kind == InviteTrustKind.Authority)
            text.Append("\nCA             goes to ").Append(AuthorityFile).Append(" beside the configuration");
        if (_invite.Contact is { } contact && _edit.Kind == ConfigurationKind.Float)
            text.Append("\nwrite to       ").Append(contact).Append("   a float has no contacts; at your node: mixmq contact add ").Append(_name).Append(' ').Append(contact);
        return text.ToString();
    }

    /// <summary>Puts the CA's file beside the configuration, whose check needs it; it goes again with the disposal unless it is kept. Null: there is none to put.</summary>
    /// <exception cref="CommandException">There is another file of that name.</exception>
    public PutFile? PutAuthority()
    {
        if (_invite.Trust.Kind != InviteTrustKind.Authority)
            return null;
        using var certificate = X509CertificateLoader.LoadCertificate(_invite.Trust.Authority.Span);
        var path = Path.Combine(Path.GetDirectoryName(_edit.Path)!, AuthorityFile);
        var content = Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n");
        if (!File.Exists(path))
            return new PutFile(path, content, _edit.Path);
        return File.ReadAllBytes(path).AsSpan().SequenceEqual(content)
            ? null
            : throw CommandException.Usage($"{path} is there already and holds something else; move it away, or give the peer another --name.");
    }

    private (byte[] Text, EntryChange Change) Peer()
    {
        var elements = _edit.List.Elements;
        var index = elements.ToList().FindIndex(element => NodeAddress.TryParse(NamedEntries.Text(element, "address"), out var address, out _) && address == _invite.From);
        if (index < 0)
        {
            var entry = new JsonObject { ["name"] = _name, ["address"] = _invite.From.ToString() };
            Apply(entry);
            return NamedEntries.Add(_edit, entry, "peer");
        }

        // Of one that is a peer already, as when its certificate changes: what the invite doesn't say stays.
        var known = (JsonObject)JsonNode.Parse(elements[index].GetRawText(), documentOptions: JsonListEditor.Tolerant)!;
        Apply(known);
        return NamedEntries.Replace(_edit, index, known, "peer");
    }

    private void Apply(JsonObject entry)
    {
        if (_invite.Endpoint is { } endpoint)
            PeerSettings.Set(entry, "dial", endpoint);
        if (_invite.Dials)
            PeerSettings.Set(entry, "accept", true);
        var trust = new JsonObject();
        switch (_invite.Trust.Kind)
        {
            case InviteTrustKind.Pin:
                trust["pinnedKey"] = _invite.Trust.Pin.ToString();
                break;
            case InviteTrustKind.Authority:
                trust["caFile"] = AuthorityFile;
                break;
            default:
                trust["system"] = true;
                break;
        }

        if (_invite.Trust.NameKind != InviteNameKind.None)
            trust[_invite.Trust.NameKind == InviteNameKind.Dns ? "dnsName" : "subject"] = _invite.Trust.Name;
        PeerSettings.SetTrust(entry, trust);
    }

    private (byte[] Text, EntryChange Change) Contact(ConfigurationEdit edit, NodeAddress contact)
    {
        var entry = new JsonObject { ["name"] = _name, ["address"] = contact.ToString() };
        var index = edit.List.Elements.ToList().FindIndex(element => NamedEntries.Text(element, "address") == contact.ToString());
        return index < 0 ? NamedEntries.Add(edit, entry, "contact") : NamedEntries.Replace(edit, index, entry, "contact");
    }
}
