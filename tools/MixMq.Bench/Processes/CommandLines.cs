using System.Text.Json.Nodes;

namespace MixMq.Bench.Processes;

/// <summary>The other side of a <see cref="HelperProcess"/>: takes commands from standard input until it ends.</summary>
internal static class CommandLines
{
    public static void Answer(Func<string, JsonObject, JsonObject> answer)
    {
        while (Console.In.ReadLine() is { } line)
        {
            var command = JsonNode.Parse(line)!.AsObject();
            Write(answer((string)command["do"]!, command));
        }
    }

    public static void Write(JsonObject line)
    {
        Console.Out.WriteLine(line.ToJsonString());
        Console.Out.Flush();
    }
}
