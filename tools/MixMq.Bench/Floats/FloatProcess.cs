using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MixMq.Bench.Links;
using MixMq.Bench.Processes;
using MixMq.Transport;

namespace MixMq.Bench.Floats;

/// <summary>The shipping float as a process, with a configuration written for it.</summary>
internal sealed class FloatProcess : IDisposable
{
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder _folder = new();
    private readonly SharedColumn _probe;
    private readonly Process _process;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="executable">Where it is.</param>
    /// <param name="peers">Who may link to it; they dial.</param>
    /// <param name="probed">Whether it is to say what it allocates, which puts one more thread into it.</param>
    /// <param name="limits">Its limits; null: the defaults.</param>
    /// <param name="placement">Where it runs; null: anywhere.</param>
    public FloatProcess(string executable, IEnumerable<EndIdentity> peers, bool probed, JsonObject? limits = null, Placement? placement = null)
    {
        using var identity = NodeIdentity.Create(_folder.File("identity.pem"));
        using var certificate = BenchCertificate.Create("float");
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!;
        File.WriteAllText(_folder.File("tls.pem"), certificate.ExportCertificatePem());
        WriteSecret(_folder.File("tls-key.pem"), key.ExportPkcs8PrivateKeyPem());
        Target = new FloatTarget(identity.Address.ToString(), BenchCertificate.Pin(certificate), FreePort());
        File.WriteAllText(_folder.File("float.json"), Configuration(peers, limits).ToJsonString());
        _probe = new SharedColumn(_folder.File("probe"), StartupHook.Columns);
        var start = new ProcessStartInfo(executable, ["--config", _folder.File("float.json"), "--watch-stdin"]) { RedirectStandardInput = true, UseShellExecute = false };
        if (probed)
        {
            start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "mixmq-bench.dll");
            start.Environment[StartupHook.FileVariable] = _folder.File("probe");
        }

        Started = Stopwatch.GetTimestamp();
        _process = Process.Start((placement ?? Placement.Anywhere).Apply(start)) ?? throw new BenchException("The float can't be started.");
        while (!ProcessFigures.IsListening(Target.Port))
        {
            if (_process.HasExited)
                throw new BenchException($"The float ended with exit code {_process.ExitCode}; what it said is above.");
            Nap.Micros(500);
        }

        ListeningMs = Stopwatch.GetElapsedTime(Started).TotalMilliseconds;
    }

    public FloatTarget Target { get; }

    /// <summary><see cref="Stopwatch"/> time just before the process was made.</summary>
    public long Started { get; }

    public double ListeningMs { get; }

    public double CpuMicros => ProcessFigures.CpuMicros(_process.Id);

    public double ResidentMegabytes => ProcessFigures.ResidentMegabytes(_process.Id);

    /// <summary>Bytes it has allocated on its managed heap, as of 20 ms ago at most; with a probe only.</summary>
    public long AllocatedBytes => _probe[StartupHook.Allocated];

    /// <summary>How long collections have stopped it in all; with a probe only.</summary>
    public double PausedMs => TimeSpan.FromTicks(_probe[StartupHook.PauseTicks]).TotalMilliseconds;

    public long Collections => _probe[StartupHook.Collections];

    /// <summary>What it counted as dropped, by cause, as the status text says that it writes when a link goes down.</summary>
    /// <param name="linkGoesDown">Has one go down. Until then the text isn't rewritten, so that it isn't part of what is measured.</param>
    public JsonObject Drops(Action linkGoesDown)
    {
        var (status, asked, waited) = (_folder.File("data/status.txt"), DateTime.UtcNow, Stopwatch.GetTimestamp());
        linkGoesDown();
        while (File.GetLastWriteTimeUtc(status) < asked)
        {
            if (Stopwatch.GetElapsedTime(waited) > StatusPatience)
                throw new BenchException("The float doesn't write its status text any more.");
            Nap.Micros(10_000);
        }

        var drops = new JsonObject();
        var lines = File.ReadAllLines(status);
        foreach (var line in lines.SkipWhile(line => line != "dropped").Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            drops[parts[0]] = long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        return drops;
    }

    public void Dispose()
    {
        // It watches its standard input, so it ends by itself even where this program is killed.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(8)))
            _process.Kill();
        _process.Dispose();
        _probe.Dispose();
        _folder.Dispose();
    }

    private JsonObject Configuration(IEnumerable<EndIdentity> peers, JsonObject? limits) => new()
    {
        ["network"] = BenchNetwork.ToJson(),
        ["identity"] = new JsonObject { ["keyFile"] = "identity.pem" },
        ["tls"] = new JsonObject { ["certificateFile"] = "tls.pem", ["keyFile"] = "tls-key.pem" },
        ["listen"] = new JsonArray($"127.0.0.1:{Target.Port}"),
        ["dataDirectory"] = "data",
        ["statusIntervalSeconds"] = 60,
        ["log"] = new JsonObject { ["level"] = "warning" },
        ["limits"] = limits ?? [],
        ["peers"] = new JsonArray([.. peers.Select((peer, i) => new JsonObject
        {
            ["name"] = $"peer-{i}",
            ["address"] = peer.Address,
            ["accept"] = true,
            ["trust"] = new JsonObject { ["pinnedKey"] = peer.Pin },
        })]),
    };

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static void WriteSecret(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
    }
}
