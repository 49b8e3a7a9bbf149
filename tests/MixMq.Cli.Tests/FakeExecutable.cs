namespace MixMq.Cli.Tests;

/// <summary>A script in an executable's place: it notes its arguments and ends as it is told.</summary>
internal sealed class FakeExecutable
{
    private readonly string _notes;

    public FakeExecutable(TestFolder folder, string body)
    {
        Path = folder.File("fake-executable");
        _notes = folder.File("fake-arguments");
        File.WriteAllText(Path, $"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{_notes}'\n{body}\n");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    public string[] Arguments => File.ReadAllLines(_notes);

    public Dictionary<string, string> Variables => new() { ["MIXMQ_NODE_PATH"] = Path, ["MIXMQ_FLOAT_PATH"] = Path };
}
