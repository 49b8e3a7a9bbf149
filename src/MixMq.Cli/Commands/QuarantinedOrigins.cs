using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary>Nodes that signed two records with one sequence, as <c>status</c> and <c>topology</c> show them.</summary>
internal static class QuarantinedOrigins
{
    public static void Show(CommandOutput output, IEnumerable<QuarantinedOrigin> origins)
    {
        foreach (var origin in origins)
        {
            output.Line($"Contradicts itself  {TerminalText.Escape(origin.Address)}, sequence {origin.Sequence}, not used until {Clock.Show(origin.UntilUnixMs)}");
            foreach (var hash in origin.Hashes)
                output.Line($"                    record {TerminalText.Escape(hash)}");
        }
    }

    public static JsonArray ToJson(IEnumerable<QuarantinedOrigin> origins) => new([.. origins.Select(origin => new JsonObject
    {
        ["address"] = origin.Address,
        ["sequence"] = origin.Sequence,
        ["hashes"] = new JsonArray([.. origin.Hashes.Select(hash => JsonValue.Create(hash))]),
        ["until_unix_ms"] = origin.UntilUnixMs,
    })]);
}
