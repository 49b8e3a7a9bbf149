using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using MixMq.Overlay.Map;

namespace MixMq.Cli.Commands;

/// <summary>How the network is governed and what the node is in it, as <c>status</c> shows it.</summary>
internal static class AdmissionStatusView
{
    public static void Show(CommandOutput output, AdmissionStatus? admission)
    {
        if (admission is null)
            return;
        var next = admission.NextParameters > 0
            ? string.Create(CultureInfo.InvariantCulture, $", number {admission.NextParameters} from {Clock.Show(admission.NextActivationUnixMs)} on")
            : "";
        var list = admission.RevocationList > 0
            ? string.Create(CultureInfo.InvariantCulture, $"revocation list number {admission.RevocationList}, {admission.Revoked} addresses")
            : "no revocation list";
        output.Line(string.Create(CultureInfo.InvariantCulture, $"Governed  parameters number {admission.Parameters}{next}; {list}; {admission.MapEntries} map entries, {admission.Successions} successor statements"));
        output.Line($"Admitted  {Admitted(admission)}");
        if (admission.Former.Count > 0)
            output.Line($"Formerly  {string.Join(", ", admission.Former.Select(address => TerminalText.Escape(address)))}{(admission.ByEmergency ? " (by an emergency statement)" : "")}");
        if (admission.ReplacedBy.Length > 0)
            output.Line($"Replaced  by {TerminalText.Escape(admission.ReplacedBy)}: no longer the address that this node runs with");
        foreach (var warning in Warnings(admission))
            output.Line($"Warning   {TerminalText.Escape(warning)}");
    }

    public static JsonObject? ToJson(AdmissionStatus? admission) => admission is null ? null : new JsonObject
    {
        ["parameters"] = admission.Parameters,
        ["next_parameters"] = admission.NextParameters,
        ["next_activation_unix_ms"] = admission.NextActivationUnixMs,
        ["required"] = admission.Required,
        ["admitted"] = admission.Admitted,
        ["institution"] = admission.Institution,
        ["roles"] = Texts(admission.Roles),
        ["not_after_unix_ms"] = admission.NotAfterUnixMs,
        ["revocation_list"] = admission.RevocationList,
        ["revoked"] = admission.Revoked,
        ["map_entries"] = admission.MapEntries,
        ["successions"] = admission.Successions,
        ["former"] = Texts(admission.Former),
        ["by_emergency"] = admission.ByEmergency,
        ["replaced_by"] = admission.ReplacedBy,
        ["replaced_by_emergency"] = admission.ReplacedByEmergency,
        ["warnings"] = Texts(Warnings(admission)),
    };

    private static string Admitted(AdmissionStatus admission)
    {
        var certificate = admission.NotAfterUnixMs == 0
            ? "no certificate"
            : $"{TerminalText.Escape(admission.Institution)}, as {string.Join(" and ", admission.Roles.Select(role => TerminalText.Escape(role)))}, until {Clock.Show(admission.NotAfterUnixMs)}";
        return !admission.Required ? $"not required ({certificate})" : admission.Admitted ? certificate : $"NO ({certificate})";
    }

    private static IEnumerable<string> Warnings(AdmissionStatus admission) =>
        admission.ReplacedBy.Length > 0 ? admission.Warnings.Prepend(ReplacedAddress.Describe(admission.ReplacedByEmergency)) : admission.Warnings;

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
