using MixMq.Testing;

namespace MixMq.EndToEnd.Tests;

/// <summary>A node and a float end as asked: at once, without a complaint, with exit code 0.</summary>
[Collection(RigCollection.Name)]
public sealed class StopTests
{
    private const int Terminate = 15;

    [Theory]
    [InlineData("node")]
    [InlineData("float")]
    public async Task An_executable_that_is_terminated_stops_cleanly(string kind)
    {
        var folder = Directory.CreateTempSubdirectory("stop-").FullName;
        try
        {
            string[] listen = kind == "float" ? ["--listen", $"127.0.0.1:{FreePorts.One()}"] : [];
            var made = await MixMqProcess.RunAsync([kind, "init", Path.Combine(folder, "it"), .. listen]);
            Assert.Equal(0, made.ExitCode);
            using var run = MixMqProcess.Start(kind, "run", "--config", Path.Combine(folder, "it"));
            string? line;
            do
            {
                line = await run.Error.ReadLineAsync();
                Assert.NotNull(line);
            }
            while (!line.Contains("Started", StringComparison.Ordinal));

            run.Signal(Terminate);
            var ended = await run.EndAsync();
            Assert.DoesNotContain("Unhandled", ended.Error, StringComparison.Ordinal);
            Assert.Equal(0, ended.ExitCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
