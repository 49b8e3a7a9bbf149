using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Overlay.Admission;

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
            case RevokedAddresses list:
                output.Line(string.Create(CultureInfo.InvariantCulture, $"Revocation list number {list.Number} of {NetworkCommands.Time(list.IssuedUnixMillis)}, {list.Revoked.Length} addresses"));
                foreach (var revoked in list.Revoked)
                    output.Line($"  {revoked.Address}  until {NetworkCommands.Time(revoked.UntilUnixMillis)}");
                break;
            default:
                throw new InvalidOperationException("A statement of an unknown kind.");
        }

        foreach (var signer in statement.Signers)
            output.Line($"  signed by    {signer}{(inForce is null || inForce.Authorities.Contains(signer) ? "" : "  (none of the authorities)")}");
        output.Line(holds switch
        {
            null => "  Whether the signatures hold isn't checked: give --network with the parameters in force.",
            false => "  NOT GENUINE: a signature doesn't hold. Don't use it; ask where it comes from.",
            true => string.Create(CultureInfo.InvariantCulture, $"  The signatures hold; {statement.CountSigners(inForce!.Authorities)} of {inForce.Threshold} needed."),
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
            _ => throw new InvalidOperationException("A statement of an unknown kind."),
        };
        json["signers"] = new JsonArray([.. statement.Signers.Select(signer => JsonValue.Create(signer.ToString()))]);
        json["signatures_hold"] = holds;
        json["complete"] = inForce is null ? null : holds == true && statement.CountSigners(inForce.Authorities) >= inForce.Threshold;
        return json;
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
