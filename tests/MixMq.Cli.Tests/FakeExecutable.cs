using System.Diagnostics;

namespace MixMq.Cli.Tests;

/// <summary>A script in an executable's place: it notes its arguments and ends as it is told.</summary>
internal sealed class FakeExecutable
{
    private readonly string _notes;

    public FakeExecutable(TestFolder folder, string body)
    {
        Path = folder.File("fake-executable");
        _notes = folder.File("fake-arguments");
        var text = folder.File("fake-executable.text");
        File.WriteAllText(text, $"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{_notes}'\n{body}\n");

        // Written by a process that is over then. What this one has open for writing, a process that another test starts at that moment has too, until it is
        // under way; and a file that anybody writes can't be executed (ETXTBSY).
        using var install = Process.Start("install", ["-m", "700", text, Path]);
        install.WaitForExit();
        Assert.Equal(0, install.ExitCode);
    }

    public string Path { get; }

    public string[] Arguments => File.ReadAllLines(_notes);

    public Dictionary<string, string> Variables => new() { ["MIXMQ_NODE_PATH"] = Path, ["MIXMQ_FLOAT_PATH"] = Path };
}
