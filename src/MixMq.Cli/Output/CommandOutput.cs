using System.Text.Json.Nodes;
using Spectre.Console;

namespace MixMq.Cli.Output;

/// <summary>Where a command writes: results to standard output (with <c>--json</c> JSON alone), what happens meanwhile to standard error.</summary>
internal sealed class CommandOutput(TextWriter standard, TextWriter error, bool json, bool interactive)
{
    /// <summary>A table in a file or pipe is as wide as it needs.</summary>
    private const int RedirectedWidth = 240;

    public bool Json { get; } = json;

    /// <summary>Whether a person watches, so that colour and progress make sense.</summary>
    public bool Interactive { get; } = interactive;

    public TextWriter Standard { get; } = standard;

    public TextWriter Error { get; } = error;

    public void Line(string text)
    {
        Standard.WriteLine(text);
        Standard.Flush();
    }

    public void Note(string text)
    {
        Error.WriteLine(text);
        Error.Flush();
    }

    /// <summary>One object on one line, flushed.</summary>
    public void Object(JsonObject value) => Line(value.ToJsonString());

    public void Table(Table table) => Console(Standard).Write(table);

    /// <summary>A console on one of the writers, without colour or cursor movement unless a person watches.</summary>
    public IAnsiConsole Console(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = Interactive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!Interactive)
            console.Profile.Width = RedirectedWidth;
        return console;
    }
}
