using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;

namespace MixMq.Cli.Commands;

/// <summary>The options that say how a peer is reached and trusted, and how they are written into its entry.</summary>
internal sealed class PeerSettings
{
    private static readonly string[] Revocation = ["revocation", "crlFile", "crlHandedOver"];
    private readonly Option<string?> _dial = new("--dial") { Description = "Where to reach it. Without this it is never dialled.", HelpName = "host:port" };
    private readonly Option<bool> _noDial = new("--no-dial") { Description = "Dial it no longer." };
    private readonly Option<bool> _accept = new("--accept") { Description = "Accept connections from it." };
    private readonly Option<bool> _noAccept = new("--no-accept") { Description = "Accept connections from it no longer." };
    private readonly Option<string?> _pin = new("--pin") { Description = "Trust its certificate by its key: what its operator's `init` printed.", HelpName = "sha256:hex" };
    private readonly Option<string?> _authority = new("--ca-file") { Description = "Trust its certificate by its institution's CA (PEM file).", HelpName = "path" };
    private readonly Option<bool> _system = new("--system") { Description = "Trust its certificate by the system's CAs; with --dns-name or --subject." };
    private readonly Option<string?> _dnsName = new("--dns-name") { Description = "The DNS name that its certificate must carry.", HelpName = "name" };
    private readonly Option<string?> _subject = new("--subject") { Description = "The whole subject that its certificate must carry (RFC 4514).", HelpName = "name" };

    /// <summary>Gives a command the options of a new peer.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_dial, _accept, _pin, _authority, _system, _dnsName, _subject])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(_dial)) && !result.GetValue(_accept))
                result.AddError("Give --dial, or --accept, or both: otherwise there can be no link.");
            if (TrustsGiven(result) != 1)
                result.AddError("Give exactly one of --pin, --ca-file and --system: how its certificate is trusted.");
            else
                CheckNames(result);
        });
    }

    /// <summary>Gives a command the options of a change: those of a new peer, none of which must be given, and two that take back.</summary>
    public void AddChangesTo(Command command)
    {
        foreach (var option in (Option[])[_dial, _noDial, _accept, _noAccept, _pin, _authority, _system, _dnsName, _subject])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (!string.IsNullOrEmpty(result.GetValue(_dial)) && result.GetValue(_noDial))
                result.AddError("Give --dial or --no-dial, not both.");
            if (result.GetValue(_accept) && result.GetValue(_noAccept))
                result.AddError("Give --accept or --no-accept, not both.");
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
        if (parse.GetValue(_accept))
            Set(entry, "accept", true);
        else if (Given(parse, _noAccept))
            Drop(entry, "accept");

        var trust = new JsonObject();
        if (parse.GetValue(_pin) is { Length: > 0 } key)
            trust["pinnedKey"] = key;
        else if (parse.GetValue(_authority) is { Length: > 0 } file)
            trust["caFile"] = fileOf(file);
        else if (parse.GetValue(_system))
            trust["system"] = true;
        else
            return;
        if (parse.GetValue(_dnsName) is { Length: > 0 } dns)
            trust["dnsName"] = dns;
        if (parse.GetValue(_subject) is { Length: > 0 } whole)
            trust["subject"] = whole;
        SetTrust(entry, trust);
    }

    /// <summary>Sets how a peer is trusted. How revocation is looked at outlives another CA; a pinned key takes none.</summary>
    public static void SetTrust(JsonObject entry, JsonObject trust)
    {
        if (!trust.ContainsKey("pinnedKey") && Member(entry, "trust") is { } name && entry[name] is JsonObject before)
        {
            foreach (var setting in before.Where(setting => Revocation.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)).ToList())
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

    // An option that the command doesn't have isn't given.
    private static bool Given(ParseResult parse, Option<bool> option) => parse.GetResult(option) is not null && parse.GetValue(option);

    private int TrustsGiven(CommandResult result) => Count(result.GetValue(_pin), result.GetValue(_authority)) + (result.GetValue(_system) ? 1 : 0);

    private void CheckNames(CommandResult result)
    {
        var named = Count(result.GetValue(_dnsName), result.GetValue(_subject));
        if (named > 1 || (named == 0 && result.GetValue(_system)) || (named > 0 && !string.IsNullOrEmpty(result.GetValue(_pin))))
            result.AddError("Give --dns-name or --subject with --system, one of them if any with --ca-file, and none with --pin.");
    }

    private static int Count(params string?[] values) => values.Count(value => !string.IsNullOrEmpty(value));
}
