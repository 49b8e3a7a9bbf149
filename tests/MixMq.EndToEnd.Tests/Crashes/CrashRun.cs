using System.Diagnostics;
using System.Globalization;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// Traffic both ways while processes die: each time that so many messages have come, two to five of the six, drawn from the seed, at once by SIGKILL or at a step
/// of the next message that takes it; between them a node's store is put back from an older copy, or its disk is full. What is drawn follows from the seed; what it meets is the machine's own.
/// </summary>
internal sealed class CrashRun(int seed, int kills, int restores, int fullDisks, int messages, Action<string> say)
{
    /// <summary>A node's own disk: its reserve is 64 of these.</summary>
    private const int DiskMebibytes = 224;

    /// <summary>More than are made however slow what befalls the processes is: payments go on until all of it is over.</summary>
    private const int MostPaymentsEach = 10_000_000;

    private const int LeastAtOnce = 2;
    private const int MostAtOnce = 5;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private readonly Random _random = new(seed);
    private readonly PaymentLedger _ledger = new(MostPaymentsEach);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _killed;

    /// <summary>A run that isn't over by then is stuck.</summary>
    private TimeSpan Patience => TimeSpan.FromSeconds(60 + (5 * kills) + (20 * (restores + fullDisks)) + (0.05 * messages));

    /// <summary>Runs it to its end and fails with everything that is wrong.</summary>
    public async Task RunAsync()
    {
        if (fullDisks > 0 && SmallDisk.Missing is { } missing)
            say($"no disk is filled: {missing}");
        var full = SmallDisk.Missing is null ? fullDisks : 0;
        await using var network = new CrashNetwork(_ledger, payments: true, full > 0 ? DiskMebibytes : 0);
        var trouble = new DiskTrouble(network, _ledger, _random);
        var troubles = Draw(trouble, full);
        network.Start();
        var failed = Task.WhenAny(network.Processes.Select(process => process.Failed)).Unwrap();
        try
        {
            await FailOnAsync(failed, KillAllAsync(network, troubles));
            await FailOnAsync(failed, _ledger.BookedAsync(messages));
            if (!_ledger.Complete.IsCompleted)
                await FailOnAsync(failed, network.CloseAsync(_ledger));
            await FailOnAsync(failed, _ledger.Complete);
            if (_ledger.Faults.Count == 0)
                await FailOnAsync(failed, SettleAsync(network, trouble));
        }
        catch (Exception failure) when (failure is InvalidOperationException or MixMq.Contracts.Wire.RpcException)
        {
            Assert.Fail($"seed {seed}, after {_killed} kills: {failure.Message}\n{string.Join('\n', network.Processes.Select(process => $"--- {process.Name}\n{process.LogTail()}"))}");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"seed {seed}: stuck after {_killed} kills\n{_ledger.Standing()}\n{string.Join('\n', network.Processes.Select(process => $"--- {process.Name}\n{process.LogTail()}"))}");
        }

        Assert.True(_ledger.Faults.Count == 0, $"seed {seed}, after {_killed} kills:\n{string.Join('\n', _ledger.Faults.Take(20))}");
        Assert.Equal((kills, restores, full), (_killed, trouble.Restores, trouble.FullDisks));
        var gaps = await trouble.JudgeGapsAsync();
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {_killed} kills, {trouble.Restores} stores put back, {trouble.FullDisks} full disks, {_ledger.Booked} messages in {Stopwatch.GetElapsedTime(_started).TotalSeconds:0} s: none lost, doubled, out of order or stuck; "
            + $"{_ledger.Again} payments made again by payers that had gone back, and booked once; {gaps} gaps listed"));
    }

    /// <summary>What befalls disks, and at how many messages: each store that is put back has a copy made before, of any age.</summary>
    private Queue<(int At, string Text, Func<Task> Run)> Draw(DiskTrouble trouble, int full)
    {
        var drawn = new List<(int, string, Func<Task>)>();
        for (var i = 0; i < restores; i++)
        {
            var side = i % 2 == 0 ? "a" : "b";
            var at = Between(0.15, 0.8);
            drawn.Add(((int)(at * (0.1 + (0.8 * _random.NextDouble()))), $"node-{side} is copied", () => trouble.CopyAsync(side)));
            drawn.Add((at, $"node-{side} is put back", () => trouble.PutBackAsync(side)));
        }

        for (var i = 0; i < full; i++)
        {
            var side = _random.Next(2) == 0 ? "a" : "b";
            drawn.Add((Between(0.1, 0.8), $"node-{side} has no room", () => trouble.FillAsync(side)));
        }

        return new(drawn.OrderBy(trouble => trouble.Item1));
    }

    private int Between(double low, double high) => (int)(messages * (low + ((high - low) * _random.NextDouble())));

    private async Task SufferAsync(Queue<(int At, string Text, Func<Task> Run)> troubles, int before)
    {
        while (troubles.TryPeek(out var next) && next.At <= before)
        {
            await _ledger.BookedAsync(next.At);
            if (_ledger.Complete.IsCompleted)
                return;
            troubles.Dequeue();
            say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} s, {_ledger.Booked} messages: {next.Text}"));
            await next.Run();
        }
    }

    private async Task KillAllAsync(CrashNetwork network, Queue<(int At, string Text, Func<Task> Run)> troubles)
    {
        while (_killed < kills)
        {
            // Some traffic goes before the first and after the last.
            var at = (int)((_killed + 0.5 + _random.NextDouble()) * messages / (kills + 2));
            await SufferAsync(troubles, at);
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

        await SufferAsync(troubles, messages);
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

    /// <summary>
    /// What has come is acknowledged too, and nothing waits: neither end keeps anything on. But what a payer makes again, whose store was put back, may come when the other side has
    /// booked all and its application has ended: no more than that is open at a time.
    /// </summary>
    private static async Task SettleAsync(CrashNetwork network, DiskTrouble trouble)
    {
        using var timer = new PeriodicTimer(Poll);
        do
        {
            var counts = await Task.WhenAll(new[] { "a", "b" }.Select(async side => (Side: side, (await network.StatusAsync("node-" + side)).Messaging)));
            if (counts.All(count => count.Messaging.Pending == 0 && count.Messaging.Waiting <= MayWait(count.Side)))
                return;
        }
        while (await timer.WaitForNextTickAsync());

        ulong MayWait(string side) =>
            trouble.PutBack.Contains(side == "a" ? "b" : "a") && network.Process("app-" + side).Finished.IsCompleted ? PaymentLedger.MostOpen : 0UL;
    }

    private async Task FailOnAsync(Task<string> failed, Task work)
    {
        var left = Patience - Stopwatch.GetElapsedTime(_started);
        if (await Task.WhenAny(failed, work).WaitAsync(left) == failed)
            Assert.Fail($"seed {seed}, after {_killed} kills: {await failed}");
        await work;
    }
}
