using System.Text.RegularExpressions;

namespace MixMq.Architecture.Tests;

/// <summary>A project outside the repository that takes the repository's build files is really built, with and without breaches.</summary>
public sealed class BannedSymbolsBuildTests
{
    private const string Breaches = """
        #pragma warning disable CS1591, CA1822, CA2201, CA5394
        using System.Net.Sockets;
        using System.Threading.Channels;
        namespace Breach;
        public static class Core
        {
            public static object Clock() => DateTime.UtcNow;
            public static object LocalClock() => DateTimeOffset.Now;
            public static object Ticks() => Environment.TickCount64;
            public static object Watch() => System.Diagnostics.Stopwatch.GetTimestamp();
            public static object Provider() => TimeProvider.System;
            public static object Identity() => Guid.NewGuid();
            public static object Ordered() => Guid.CreateVersion7(default);
            public static object Chance() => Random.Shared.Next();
            public static object Entropy() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(2);
            public static object? Setting() => Environment.GetEnvironmentVariable("X", EnvironmentVariableTarget.Process);
            public static object Settings() => Environment.GetEnvironmentVariables();
            public static object Disk() => File.Exists("x");
            public static object Start() => System.Diagnostics.Process.GetCurrentProcess();
            public static object Work() => Task.Run(() => { });
            public static async Task Wait() => await Task.Yield();
            public static object Later() => new Timer(_ => { });
            public static object Names() => System.Net.Dns.GetHostName();
            public static object Web() => new HttpClient();
            public static object Wire() => new Socket(SocketType.Stream, ProtocolType.Tcp);
            public static object Queue() => Channel.CreateUnbounded<int>();
            public static void Say() => Console.WriteLine();
            public static object Bytes() => Stream.Null;
        }
        """;

    private const string Clean = """
        namespace Breach;
        /// <summary>Time comes in as an argument.</summary>
        public static class Core
        {
            /// <summary>The later of two moments.</summary>
            public static long Later(long now, long other) => Math.Max(now, other);
        }
        """;

    private const string ProjectText = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <PureCore>true</PureCore>
            <RestorePackagesWithLockFile>false</RestorePackagesWithLockFile>
          </PropertyGroup>
        </Project>
        """;

    [Fact]
    public void A_pure_core_that_reads_a_clock_draws_randomness_or_does_io_does_not_build()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
            "BannedSymbols.PureCore.txt", ".editorconfig", "global.json"])
        {
            folder.Copy(file);
        }

        folder.Write("Breach.csproj", ProjectText);
        folder.Write("Core.cs", Breaches);
        var bad = DotNet.Run(folder.Path, "build", "Breach.csproj", "-p:TreatWarningsAsErrors=false");
        folder.Write("Core.cs", Clean);
        var good = DotNet.Run(folder.Path, "build", "Breach.csproj", "--no-restore");

        Assert.NotEqual(0, bad.ExitCode);
        var reported = Regex.Matches(bad.Output, @"Core\.cs\((\d+),\d+\): error RS0030").Select(match => int.Parse(match.Groups[1].Value));
        var offending = Breaches.Split('\n').Index().Where(line => line.Item.Contains("=>", StringComparison.Ordinal)).Select(line => line.Index + 1);
        Assert.Equal(offending, reported.Distinct().Order().Intersect(offending));
        Assert.True(good.ExitCode == 0, good.Output);
    }
}
