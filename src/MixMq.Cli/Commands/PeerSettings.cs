using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;

namespace MixMq.Cli.Commands;

/// <summary>The options that say how a peer is reached and trusted, and how they are written into its entry.</summary>
internal sealed class PeerSettings
{
    private static readonly string[] RevocationKeys = ["revocation", "crlFile", "crlHandedOver"];
    private static readonly string[] Modes = ["off", "soft", "hard"];
    private readonly Option<string?> _dial = new("--dial") { Description = "Where to reach it. Without this it is never dialled.", HelpName = "host:port" };
    private readonly Option<bool> _noDial = new("--no-dial") { Description = "Dial it no longer." };
    private readonly PeerSwitch _accept = new("accept", "--accept", "Accept connections from it.");
    private readonly PeerSwitch _direct = new("direct", "--direct", "Dial it without the proxy of section outward.");
    private readonly PeerSwitch _inner = new("inner", "--inner", "It is of the inside: it connects to innerListen alone, and a float never dials it. With --accept.");
    private readonly PeerSwitch _activates = new("activates", "--activates", "Open the listener for others only while a link to it, or to another that activates, is up. With --inner.");
    private readonly PeerSwitch _handsOver = new("handsOver", "--hands-over", "It may hand over a float's certificate and revocation lists. With --inner.");
    private readonly Option<string?> _pin = new("--pin") { Description = "Trust its certificate by its key: what its operator's `init` printed.", HelpName = "sha256:hex" };
    private readonly Option<string?> _authority = new("--ca-file") { Description = "Trust its certificate by its institution's CA (PEM file).", HelpName = "path" };
    private readonly Option<bool> _system = new("--system") { Description = "Trust its certificate by the system's CAs; with --dns-name or --subject." };
    private readonly Option<string?> _dnsName = new("--dns-name") { Description = "The DNS name that its certificate must carry.", HelpName = "name" };
    private readonly Option<string?> _subject = new("--subject") { Description = "The whole subject that its certificate must carry (RFC 4514).", HelpName = "name" };
    private readonly Option<string?> _revocation = new("--revocation") { Description = "Whether a certificate that its CA has revoked is refused; soft: unless no valid list is there, hard: refused then too.", HelpName = "off|soft|hard" };
    private readonly Option<string?> _lists = new("--crl-file") { Description = "The revocation lists of its CAs (PEM or DER file).", HelpName = "path" };
    private readonly Option<bool> _handedLists = new("--crl-handed-over") { Description = "In place of --crl-file: the inside hands them over." };

    private PeerSwitch[] Switches => [_accept, _inner, _activates, _handsOver, _direct];

    private Option[] Trusts => [_pin, _authority, _system, _dnsName, _subject, _revocation, _lists, _handedLists];

    /// <summary>Gives a command the options of a new peer.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_dial, .. Switches.Select(each => each.On), .. Trusts])
            command.Add(option);
        command.Validators.Add(CheckRevocation);
        command.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(_dial)) && !result.GetValue(_accept.On))
                result.AddError("Give --dial, or --accept, or both: otherwise there can be no link.");
            if (TrustsGiven(result) != 1)
                result.AddError("Give exactly one of --pin, --ca-file and --system: how its certificate is trusted.");
            else
                CheckNames(result);
        });
    }

    /// <summary>Gives a command the options of a change: those of a new peer, none of which must be given, and those that take back.</summary>
    public void AddChangesTo(Command command)
    {
        foreach (var option in (Option[])[_dial, _noDial, .. Switches.SelectMany(each => each.Both), .. Trusts])
            command.Add(option);
        command.Validators.Add(CheckRevocation);
        command.Validators.Add(result =>
        {
            if (!string.IsNullOrEmpty(result.GetValue(_dial)) && result.GetValue(_noDial))
                result.AddError("Give --dial or --no-dial, not both.");
            foreach (var each in Switches.Where(each => result.GetValue(each.On) && result.GetValue(each.Off)))
                result.AddError($"Give {each.On.Name} or {each.Off.Name}, not both.");
            if (TrustsGiven(result) > 1)
                result.AddError("Give at most one of --pin, --ca-file and --system: how its certificate is trusted.");
            else if (TrustsGiven(result) == 1)
                CheckNames(result);
            else if (Count(result.GetValue(_dnsName), result.GetValue(_subject)) > 0)
                result.AddError("Give --dns-name or --subject together with --system or --ca-file.");
        });
    }

    /// <summary>Writes what was given into an entry; what wasn't stays.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="entry">The entry, changed in place.</param>
    /// <param name="fileOf">The path of a file as it stands in the configuration.</param>
    public void Apply(ParseResult parse, JsonObject entry, Func<string, string> fileOf)
    {
        if (parse.GetValue(_dial) is { Length: > 0 } target)
            Set(entry, "dial", target);
        else if (Given(parse, _noDial))
            Drop(entry, "dial");
        foreach (var each in Switches)
        {
            if (parse.GetValue(each.On))
                Set(entry, each.Key, true);
            else if (Given(parse, each.Off))
                Drop(entry, each.Key);
        }

        if (TrustOf(parse, fileOf) is { } trust)
            SetTrust(entry, trust);
        if (Member(entry, "trust") is { } name && entry[name] is JsonObject trusted)
            SetRevocation(parse, trusted, fileOf);
    }

    /// <summary>Sets how a peer is trusted. How revocation is looked at outlives another CA; a pinned key takes none.</summary>
    public static void SetTrust(JsonObject entry, JsonObject trust)
    {
        if (!trust.ContainsKey("pinnedKey") && Member(entry, "trust") is { } name && entry[name] is JsonObject before)
        {
            foreach (var setting in before.Where(setting => RevocationKeys.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)).ToList())
                trust[setting.Key] = setting.Value?.DeepClone();
        }

        Set(entry, "trust", trust);
    }

    /// <summary>Sets a member, under the name that it has if it is there: keys have no case.</summary>
    public static void Set(JsonObject entry, string name, JsonNode value) => entry[Member(entry, name) ?? name] = value;

    private static void Drop(JsonObject entry, string name)
    {
        if (Member(entry, name) is { } there)
            entry.Remove(there);
    }

    private static string? Member(JsonObject entry, string name) =>
        entry.Select(member => member.Key).FirstOrDefault(key => string.Equals(key, name, StringComparison.OrdinalIgnoreCase));

    private JsonObject? TrustOf(ParseResult parse, Func<string, string> fileOf)
    {
        var trust = new JsonObject();
        if (parse.GetValue(_pin) is { Length: > 0 } key)
            trust["pinnedKey"] = key;
        else if (parse.GetValue(_authority) is { Length: > 0 } file)
            trust["caFile"] = fileOf(file);
        else if (parse.GetValue(_system))
            trust["system"] = true;
        else
            return null;
        if (parse.GetValue(_dnsName) is { Length: > 0 } dns)
            trust["dnsName"] = dns;
        if (parse.GetValue(_subject) is { Length: > 0 } whole)
            trust["subject"] = whole;
        return trust;
    }

    // Lists are in a file or handed over, and without revocation there are none.
    private void SetRevocation(ParseResult parse, JsonObject trust, Func<string, string> fileOf)
    {
        var mode = parse.GetValue(_revocation);
        var lists = parse.GetValue(_lists);
        if (!string.IsNullOrEmpty(mode))
            Set(trust, "revocation", mode);
        if (parse.GetValue(_handedLists) || !string.IsNullOrEmpty(lists) || mode == "off")
        {
            Drop(trust, "crlFile");
            Drop(trust, "crlHandedOver");
        }

        if (parse.GetValue(_handedLists))
            Set(trust, "crlHandedOver", true);
        else if (!string.IsNullOrEmpty(lists))
            Set(trust, "crlFile", fileOf(lists));
    }

    // An option that the command doesn't have isn't given.
    private static bool Given(ParseResult parse, Option<bool> option) => parse.GetResult(option) is not null && parse.GetValue(option);

    private int TrustsGiven(CommandResult result) => Count(result.GetValue(_pin), result.GetValue(_authority)) + (result.GetValue(_system) ? 1 : 0);

    private void CheckNames(CommandResult result)
    {
        var named = Count(result.GetValue(_dnsName), result.GetValue(_subject));
        if (named > 1 || (named == 0 && result.GetValue(_system)) || (named > 0 && !string.IsNullOrEmpty(result.GetValue(_pin))))
            result.AddError("Give --dns-name or --subject with --system, one of them if any with --ca-file, and none with --pin.");
    }

    private void CheckRevocation(CommandResult result)
    {
        var mode = result.GetValue(_revocation);
        var sources = Count(result.GetValue(_lists)) + (result.GetValue(_handedLists) ? 1 : 0);
        if (!string.IsNullOrEmpty(mode) && !Modes.Contains(mode))
            result.AddError("--revocation is one of off, soft and hard.");
        else if (sources > 1 || (sources > 0 && mode == "off"))
            result.AddError("Give --crl-file or --crl-handed-over, one of them, and neither with --revocation off.");
        else if ((sources > 0 || !string.IsNullOrEmpty(mode)) && !string.IsNullOrEmpty(result.GetValue(_pin)))
            result.AddError("--pin takes no --revocation, --crl-file or --crl-handed-over: the key alone decides.");
    }

    private static int Count(params string?[] values) => values.Count(value => !string.IsNullOrEmpty(value));
}
