using System.Diagnostics;
using System.Text.Json;

namespace MixMq.Contracts.Tests.Foreign;

/// <summary>Runs the programs of tools/test-tools/grpc.</summary>
internal static class ForeignProgram
{
    private const string Python = "/usr/bin/python3";

    private static readonly string Root = FindRoot();

    private static string Folder => Path.Combine(Root, "tools", "test-tools", "grpc");

    public static string Proto => Path.Combine(Root, "src", "MixMq.Contracts", "Protos", "control.proto");

    public static bool IsInstalled(ForeignTool tool) => tool switch
    {
        ForeignTool.GrpcJs => OnPath("node") && Directory.Exists(Path.Combine(Folder, "node_modules", "@grpc", "grpc-js")),
        _ => File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/grpc"),
    };

    public static Process Start(ForeignTool tool, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool == ForeignTool.GrpcJs ? "node" : Python)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Folder,
        };
        start.ArgumentList.Add(Path.Combine(Folder, script));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Runs a client and reads the one line it prints.</summary>
    public static async Task<(int Code, string Details, JsonElement Response)> RunAsync(ForeignTool tool, string script, params string[] arguments)
    {
        using var process = Start(tool, script, arguments);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            var line = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            using var json = JsonDocument.Parse(line);
            var result = json.RootElement.Clone();
            return (
                result.GetProperty("code").GetInt32(),
                result.TryGetProperty("details", out var details) ? details.GetString()! : "",
                result.TryGetProperty("response", out var response) ? response : default);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MixMq.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder.FullName;
    }
}
