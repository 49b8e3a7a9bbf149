using System.Diagnostics;
using System.Text.Json.Nodes;
using MixMq.Bench.Links;

namespace MixMq.Bench.Processes;

/// <summary>
/// This program once more, as a process of its own with a hidden command. It is told what to do by JSON lines on its standard input and
/// answers each with one on its standard output; it ends when its input does.
/// </summary>
internal sealed class HelperProcess : IDisposable
{
    private readonly Process _process;
    private bool _isDisposed;

    public HelperProcess(params string[] arguments)
        : this(Placement.Anywhere, arguments)
    {
    }

    public HelperProcess(Placement placement, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "mixmq-bench.dll");
        _process = Process.Start(placement.Apply(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })) ?? throw new BenchException("A process can't be started.");
    }

    /// <summary>The next line of it.</summary>
    public JsonObject Read() => _process.StandardOutput.ReadLine() is { } line
        ? JsonNode.Parse(line)!.AsObject()
        : throw new BenchException("A process of the benchmark ended early; what it said is above.");

    public bool HasEnded => _process.HasExited;

    /// <summary>The nodes that are in it; it says so first.</summary>
    public EndIdentity[] Ends() =>
        [.. Read()["ends"]!.AsArray().Select(end => new EndIdentity((string)end!["address"]!, (string)end["pin"]!))];

    /// <summary>Has them link to a float, and returns when all links are up.</summary>
    public void Link(FloatTarget target) => Ask(new JsonObject
    {
        ["do"] = "link",
        ["address"] = target.Address,
        ["pin"] = target.Pin,
        ["port"] = target.Port,
    });

    public void Tell(JsonObject command) => _process.StandardInput.WriteLine(command.ToJsonString());

    public JsonObject Ask(JsonObject command)
    {
        Tell(command);
        return Read();
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
