using System.Diagnostics;
using System.Globalization;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// Traffic both ways while processes die: each time that so many messages have come, two to five of the six, drawn from the seed, at once by SIGKILL or at a step
/// of the next message that takes it. What is drawn follows from the seed; what it meets is the machine's own.
/// </summary>
internal sealed class CrashRun(int seed, int kills, int messages, Action<string> say)
{
    private const int LeastAtOnce = 2;
    private const int MostAtOnce = 5;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private readonly Random _random = new(seed);
    private readonly PaymentLedger _ledger = new(messages / 2);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _killed;

    /// <summary>A run that isn't over by then is stuck.</summary>
    private TimeSpan Patience => TimeSpan.FromSeconds(60 + (5 * kills) + (0.05 * messages));

    /// <summary>Runs it to its end and fails with everything that is wrong.</summary>
    public async Task RunAsync()
    {
        await using var network = new CrashNetwork(_ledger, messages / 2);
        network.Start();
        var failed = Task.WhenAny(network.Processes.Select(process => process.Failed)).Unwrap();
        try
        {
            await FailOnAsync(failed, KillAllAsync(network));
            await FailOnAsync(failed, _ledger.Complete);
            if (_ledger.Faults.Count == 0)
                await FailOnAsync(failed, SettleAsync(network));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"seed {seed}: stuck after {_killed} kills\n{_ledger.Standing()}\n{string.Join('\n', network.Processes.Select(process => $"--- {process.Name}\n{process.LogTail()}"))}");
        }

        Assert.True(_ledger.Faults.Count == 0, $"seed {seed}, after {_killed} kills:\n{string.Join('\n', _ledger.Faults.Take(20))}");
        Assert.Equal(kills, _killed);
        say(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {_killed} kills, {_ledger.Booked} messages in {Stopwatch.GetElapsedTime(_started).TotalSeconds:0} s: none lost, doubled, out of order or stuck"));
    }

    private async Task KillAllAsync(CrashNetwork network)
    {
        while (_killed < kills)
        {
            // Some traffic goes before the first and after the last.
            var at = (int)((_killed + 0.5 + _random.NextDouble()) * _ledger.Total / (kills + 2));
            await _ledger.BookedAsync(at);
            if (_ledger.Complete.IsCompleted)
                return;
            string[] victims = [.. CrashNetwork.Names.Where(name => !network.Process(name).Finished.IsCompleted).OrderBy(_ => _random.Next()).Take(Math.Min(kills - _killed, _random.Next(LeastAtOnce, MostAtOnce + 1)))];
            var ends = victims.Select(victim => (Text: Kill(network, victim, out var ended), ended)).ToList();
            say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} s, {_ledger.Booked} messages: {string.Join(", ", ends.Select(end => end.Text))}"));
            foreach (var (text, ended) in ends)
            {
                await Task.WhenAny(ended, _ledger.Complete);
                if (!ended.IsCompleted)
                    return;
                _killed++;
            }
        }
    }

    private string Kill(CrashNetwork network, string victim, out Task ended)
    {
        if (!victim.StartsWith("node-", StringComparison.Ordinal) || _random.Next(3) == 0)
        {
            ended = network.Process(victim).KillAsync();
            return victim;
        }

        var step = _random.GetItems(Enum.GetValues<CrashStep>(), 1)[0];
        ended = network.Process(victim).ExpectEnd();
        network.Ask(victim, step);
        return $"{victim} {step}";
    }

    /// <summary>What has come is acknowledged too, and nothing waits: neither end keeps anything on.</summary>
    private static async Task SettleAsync(CrashNetwork network)
    {
        using var timer = new PeriodicTimer(Poll);
        do
        {
            var counts = await Task.WhenAll(new[] { "node-a", "node-b" }.Select(async node => (await network.StatusAsync(node)).Messaging));
            if (counts.All(count => count is { Pending: 0, Waiting: 0 }))
                return;
        }
        while (await timer.WaitForNextTickAsync());
    }

    private async Task FailOnAsync(Task<string> failed, Task work)
    {
        var left = Patience - Stopwatch.GetElapsedTime(_started);
        if (await Task.WhenAny(failed, work).WaitAsync(left) == failed)
            Assert.Fail($"seed {seed}, after {_killed} kills: {await failed}");
        await work;
    }
}
