using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Cli.Networks;

/// <summary>A statement of authorities as people and scripts read it.</summary>
internal static class StatementDisplay
{
    public static void Show(CommandOutput output, AuthorityStatement statement, SignedParameters? inForce, bool? holds)
    {
        switch (statement)
        {
            case SignedParameters parameters:
                Show(output, parameters);
                break;
            case AdmissionCertificate certificate:
                output.Line($"""
                    Admission certificate
                      address      {certificate.Address}
                      institution  {TerminalText.Escape(certificate.Institution)}
                      as           {Roles(certificate.Roles)}
                      until        {NetworkCommands.Time(certificate.NotAfterUnixMillis)}
                    """);
                break;
            case MapEntry entry:
                Show(output, entry);
                break;
            case Succession succession:
                output.Line(string.Create(CultureInfo.InvariantCulture, $"""
                    Successor statement number {succession.Number}{(succession.IsEmergency ? ", EMERGENCY: the old key doesn't sign, authorities alone vouch for it" : "")}
                      old address  {succession.Old}
                      new address  {succession.New}
                      counts       {(succession.NotBeforeUnixMillis == 0 ? "at once" : "from " + NetworkCommands.Time(succession.NotBeforeUnixMillis))}
                    """));
                break;
            case RevokedAddresses list:
                output.Line(string.Create(CultureInfo.InvariantCulture, $"Revocation list number {list.Number} of {NetworkCommands.Time(list.IssuedUnixMillis)}, {list.Revoked.Length} addresses"));
                foreach (var revoked in list.Revoked)
                    output.Line($"  {revoked.Address}  until {NetworkCommands.Time(revoked.UntilUnixMillis)}");
                break;
            default:
                throw new InvalidOperationException("A statement of an unknown kind.");
        }

        foreach (var signer in statement.Signers)
            output.Line($"  signed by    {signer}{Role(statement, signer, inForce)}");
        output.Line(holds switch
        {
            null => "  Whether the signatures hold isn't checked: give --network with the parameters in force.",
            false => "  NOT GENUINE: a signature doesn't hold. Don't use it; ask where it comes from.",
            true => string.Create(CultureInfo.InvariantCulture, $"  The signatures hold; {statement.CountSigners(inForce!.Authorities)} of {inForce.Threshold} needed{(statement is Succession { IsSignedByKeys: false } ? "; the keys that it is about haven't both signed" : "")}."),
        });
    }

    public static JsonObject Json(AuthorityStatement statement, SignedParameters? inForce, bool? holds)
    {
        var json = statement switch
        {
            SignedParameters parameters => Json(parameters),
            AdmissionCertificate certificate => new JsonObject
            {
                ["kind"] = "admission",
                ["address"] = certificate.Address.ToString(),
                ["institution"] = certificate.Institution,
                ["roles"] = Roles(certificate.Roles),
                ["not_after"] = NetworkCommands.Time(certificate.NotAfterUnixMillis),
            },
            RevokedAddresses list => new JsonObject
            {
                ["kind"] = "revocations",
                ["number"] = list.Number,
                ["issued"] = NetworkCommands.Time(list.IssuedUnixMillis),
                ["revoked"] = new JsonArray([.. list.Revoked.Select(revoked => new JsonObject
                {
                    ["address"] = revoked.Address.ToString(),
                    ["until"] = NetworkCommands.Time(revoked.UntilUnixMillis),
                })]),
            },
            MapEntry entry => new JsonObject
            {
                ["kind"] = "map-entry",
                ["name"] = entry.Name.Text,
                ["shown"] = entry.Name.Display(),
                ["number"] = entry.Number,
                ["not_after"] = NetworkCommands.Time(entry.NotAfterUnixMillis),
                ["addresses"] = new JsonArray([.. entry.Addresses.Select(address => JsonValue.Create(address.ToString()))]),
            },
            Succession succession => new JsonObject
            {
                ["kind"] = "succession",
                ["old_address"] = succession.Old.ToString(),
                ["new_address"] = succession.New.ToString(),
                ["number"] = succession.Number,
                ["not_before"] = NetworkCommands.Time(succession.NotBeforeUnixMillis),
                ["emergency"] = succession.IsEmergency,
            },
            _ => throw new InvalidOperationException("A statement of an unknown kind."),
        };
        json["signers"] = new JsonArray([.. statement.Signers.Select(signer => JsonValue.Create(signer.ToString()))]);
        json["signatures_hold"] = holds;
        json["complete"] = inForce is null ? null : holds == true && statement.IsSignedByEnough(inForce.Authorities, inForce.Threshold);
        return json;
    }

    private static string Role(AuthorityStatement statement, NodeAddress signer, SignedParameters? inForce) => statement switch
    {
        Succession succession when succession.Old == signer => "  (the old key)",
        Succession succession when succession.New == signer => "  (the new key)",
        _ => inForce is null || inForce.Authorities.Contains(signer) ? "" : "  (none of the authorities)",
    };

    private static void Show(CommandOutput output, MapEntry entry)
    {
        output.Line(string.Create(CultureInfo.InvariantCulture, $"""
            Map entry number {entry.Number}
              name         {TerminalText.Escape(entry.Name.Display())}
              until        {NetworkCommands.Time(entry.NotAfterUnixMillis)}
            """));
        if (!string.Equals(entry.Name.Display(), entry.Name.Text, StringComparison.Ordinal))
            output.Line("               Its letters are of several scripts, or look like Latin ones and aren't: they stand by their code points.");
        foreach (var address in entry.Addresses)
            output.Line($"  address      {address}");
        if (entry.Addresses.IsEmpty)
            output.Line("  no address: the name is taken out of the map");
    }

    private static void Show(CommandOutput output, SignedParameters parameters)
    {
        var network = parameters.Network;
        var geometry = network.Definition.Geometry;
        output.Line(string.Create(CultureInfo.InvariantCulture, $"""
            Network parameters number {parameters.Number}
              name         {TerminalText.Escape(network.Definition.Name)}
              packets      {geometry.Hops} hops, {geometry.Body} and {geometry.Reply} bytes, delays of at most {network.Definition.MaxDelayMs} ms
              epochs       {network.EpochSeconds} s, skew {network.SkewSeconds} s, grace {network.GraceSeconds} s
              paths        {network.PathLinks} links; at most {network.MaxLinks} links of a node count
              contents     {(network.MaxContentBytes == 0 ? "no limit of the network's" : $"at most {network.MaxContentBytes} bytes")}
              admission    {(parameters.RequiresAdmission ? "required" : "not required")}
              in force     {(parameters.ActivationUnixMillis == 0 ? "at once" : "from " + NetworkCommands.Time(parameters.ActivationUnixMillis))}
              authorities  {parameters.Threshold} of {parameters.Authorities.Length} sign
            """));
        foreach (var authority in parameters.Authorities)
            output.Line($"               {authority}");
    }

    private static JsonObject Json(SignedParameters parameters)
    {
        var network = parameters.Network;
        return new JsonObject
        {
            ["kind"] = "parameters",
            ["number"] = parameters.Number,
            ["name"] = network.Definition.Name,
            ["hops"] = network.Definition.Geometry.Hops,
            ["body"] = network.Definition.Geometry.Body,
            ["reply"] = network.Definition.Geometry.Reply,
            ["max_delay_ms"] = network.Definition.MaxDelayMs,
            ["epoch_seconds"] = network.EpochSeconds,
            ["skew_seconds"] = network.SkewSeconds,
            ["grace_seconds"] = network.GraceSeconds,
            ["path_links"] = network.PathLinks,
            ["max_links"] = network.MaxLinks,
            ["max_content_bytes"] = network.MaxContentBytes,
            ["requires_admission"] = parameters.RequiresAdmission,
            ["activation"] = NetworkCommands.Time(parameters.ActivationUnixMillis),
            ["threshold"] = parameters.Threshold,
            ["authorities"] = new JsonArray([.. parameters.Authorities.Select(authority => JsonValue.Create(authority.ToString()))]),
        };
    }

    private static string Roles(AdmissionRoles roles) => roles.ToString().ToLowerInvariant();
}
