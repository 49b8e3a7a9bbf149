using System.Text.Json.Nodes;

namespace MixMq.Cli.Output;

/// <summary>Errors go to standard error: a line for people, with <c>--json</c> one object on a line.</summary>
internal static class ErrorReport
{
    public static void Write(TextWriter error, bool json, int exitCode, string message)
    {
        error.WriteLine(json
            ? new JsonObject { ["error"] = message, ["exit_code"] = exitCode }.ToJsonString()
            : "mixmq: " + TerminalText.Escape(message, multiline: true));
        error.Flush();
    }
}
