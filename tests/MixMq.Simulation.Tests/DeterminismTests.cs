using System.Diagnostics;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Scenarios;

namespace MixMq.Simulation.Tests;

/// <summary>One seed is one run, bit for bit: in one process, and in two, whose hash codes are seeded differently.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public void One_seed_is_one_run_and_another_seed_another()
    {
        var hashes = Enumerable.Range(1, 3).Select(seed => Run(seed)).ToArray();
        Assert.Equal(hashes, Enumerable.Range(1, 3).Select(seed => Run(seed)));
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public void One_seed_is_one_run_with_the_real_cryptography_too()
    {
        var hash = ReferenceRun.Trace(3, new RealCrypto(), seconds: 4);
        Assert.Equal(hash, ReferenceRun.Trace(3, new RealCrypto(), seconds: 4));
        Assert.NotEqual(hash, ReferenceRun.Trace(3, new IdealCrypto(3), seconds: 4));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void Another_process_runs_the_same(long seed)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "mixmq-sim.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [program, "trace", "--seed", $"{seed}"]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(Run(seed), printed.Trim());
    }

    private static string Run(long seed) => ReferenceRun.Trace(seed, new IdealCrypto(seed));
}
