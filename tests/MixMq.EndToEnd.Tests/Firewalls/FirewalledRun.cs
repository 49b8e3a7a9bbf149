using System.Diagnostics;
using System.Globalization;
using System.Net;
using MixMq.Contracts.Client;
using MixMq.Contracts.Wire;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// The whole demonstration behind firewalls: floats without an inside, the inside, messages, cuts with messages, and somebody who tries what he may not. What was captured meanwhile is
/// judged at the end.
/// </summary>
internal sealed class FirewalledRun(IReadOnlyList<Cut> cuts, TimeSpan cutFor, Action<string> say)
{
    /// <summary>A hundred messages and some.</summary>
    private const int Rounds = 17;
    private const int FileBytes = 512 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    /// <summary>What nobody may: from an address of a machine to somewhere, and which firewall has to refuse it. The first port is one that nobody serves.</summary>
    private static readonly IReadOnlyList<(string From, string Firewall, IPAddress Source, IPEndPoint To)> Attempts = Forbidden(Institution.All[0], FirewalledNetwork.Relays[0]);

    private readonly DirectionLedger _ledger = new();
    private readonly long _started = Stopwatch.GetTimestamp();

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dmz-").FullName;
        try
        {
            await using var network = await FirewalledNetwork.CreateAsync();
            var captures = new FirewallCaptures(folder);
            await using (captures)
            {
                await captures.StartAsync(network);
                await using (var processes = new FirewalledProcesses(network, folder))
                    await RunAsync(network, processes);
                await captures.StopAsync();
            }

            say(captures.Judge(Attempts.Select(attempt => (attempt.Source, attempt.To)).ToHashSet()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task RunAsync(FirewalledNetwork network, FirewalledProcesses processes)
    {
        using var stop = new CancellationTokenSource();
        var failed = Task.WhenAny(processes.All.Select(process => process.Failed)).Unwrap();
        var work = PlayAsync(network, processes, stop.Token);
        try
        {
            if (await Task.WhenAny(failed, work) == failed)
                Assert.Fail(await failed);
            await work;
        }
        catch (TimeoutException e)
        {
            Assert.Fail($"{e.Message}\n{_ledger.Standing()}\n{string.Join('\n', processes.All.Select(process => $"--- {process.Name}\n{process.LogTail()}"))}");
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task PlayAsync(FirewalledNetwork network, FirewalledProcesses processes, CancellationToken stop)
    {
        var traffic = new FirewalledTraffic(processes, _ledger);
        // One institution's floats come first, without their inside. Not all: the longer ports are closed, the rarer others try them.
        var first = Institution.All[0];
        processes.Begin(first.Floats);
        await UntilAsync("floats without an inside have started", () => Task.FromResult(first.Floats.All(name => processes.HasAudited(name, "listener-opened"))));
        Assert.All(await ProbeAllAsync(network, first), state => Assert.Equal(PortState.Refused, state));
        Say("without an inside the public ports are closed");

        processes.Begin([.. FirewalledProcesses.Nodes, .. FirewalledProcesses.Floats.Except(first.Floats), .. FirewalledNetwork.Relays]);
        await UntilAsync("the network is whole", () => IsWholeAsync(processes));
        foreach (var institution in Institution.All)
            Assert.All(await ProbeAllAsync(network, institution), state => Assert.Equal(PortState.Open, state));
        Say("with all insides they are open");

        var receiving = FirewalledProcesses.Nodes.Select(node => traffic.ReceiveAsync(node, stop)).ToList();
        for (var round = 0; round < Rounds; round++)
            await traffic.SendAsync();
        await traffic.SendFileAsync(FirewalledProcesses.Nodes[0], FirewalledProcesses.Nodes[2], FileBytes);
        await SettleAsync(traffic, receiving);
        Say($"{_ledger.Total} messages");

        foreach (var cut in cuts)
        {
            await CutAsync(cut, network, processes, traffic);
            await SettleAsync(traffic, receiving);
        }

        await AttemptAllAsync(network);
        Say($"{_ledger.Total} messages in all, {cuts.Count} cuts: none lost, none doubled");
    }

    private async Task CutAsync(Cut cut, FirewalledNetwork network, FirewalledProcesses processes, FirewalledTraffic traffic)
    {
        await traffic.SendAsync();
        await network.CutAsync(cut.Ends);
        var began = Stopwatch.GetTimestamp();
        var before = _ledger.Total;
        var noticed = false;
        using (var timer = new PeriodicTimer(Poll))
        {
            do
            {
                await traffic.SendAsync();
                var state = cut.IsProbed ? await ProbeAsync(network, cut.Institution!, cut.Float) : PortState.Refused;
                Assert.False(noticed && cut.IsProbed && state != PortState.Refused, $"{cut.Name}: the public port opened again during the cut");
                noticed |= state == PortState.Refused && await IsNoticedAsync(processes);
                Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{cut.Name}: nobody notices the cut, or the public port stays open");
            }
            while ((!noticed || Stopwatch.GetElapsedTime(began) < cutFor) && await timer.WaitForNextTickAsync());
        }

        var during = _ledger.Total - before;
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await network.CutAsync(cut.Ends, restore: true);
        await traffic.SendAsync();
        await UntilAsync($"the network is whole after {cut.Name}", () => IsWholeAsync(processes));
        if (cut.Institution is { } institution)
            await UntilAsync($"the port is open again after {cut.Name}", async () => await ProbeAsync(network, institution, cut.Float) == PortState.Open);
        Say(string.Create(CultureInfo.InvariantCulture, $"{cut.Name} cut for {seconds:0.0} s, {during} messages arrived meanwhile"));
    }

    /// <summary>All nodes know that links are gone.</summary>
    private static async Task<bool> IsNoticedAsync(FirewalledProcesses processes)
    {
        var whole = FirewalledProcesses.LinkCount;
        var topologies = await Task.WhenAll(FirewalledProcesses.Nodes.Select(node => processes.Client(node).GetTopologyAsync(Patience)));
        return topologies.All(topology => topology.Links.Count(link => link.TwoSided) < whole);
    }

    private static async Task<bool> IsWholeAsync(FirewalledProcesses processes)
    {
        foreach (var node in FirewalledProcesses.Nodes)
        {
            try
            {
                var topology = await processes.Client(node).GetTopologyAsync(Patience);
                if (topology.Nodes.Count != processes.Count || topology.Links.Count(link => link.TwoSided) != FirewalledProcesses.LinkCount)
                    return false;
            }
            catch (NodeNotRunningException)
            {
                return false;
            }
            catch (RpcException e) when (e.StatusCode == GrpcStatusCode.Unavailable)
            {
                return false;
            }
        }

        return true;
    }

    private Task SettleAsync(FirewalledTraffic traffic, List<Task> receiving) => UntilAsync("all messages have come and are acknowledged", async () =>
    {
        if (receiving.FirstOrDefault(task => task.IsCompleted) is { } ended)
            await ended;
        Assert.Empty(_ledger.Faults);
        return _ledger.IsComplete && await traffic.IsSettledAsync();
    });

    /// <summary>What nobody may, tried by the test itself: the firewalls refuse it, and the captures show it.</summary>
    private async Task AttemptAllAsync(FirewalledNetwork network)
    {
        foreach (var (from, firewall, _, to) in Attempts)
        {
            var refused = await network.RefusedAsync(firewall);
            using var attempt = network[from].Connect(to.Address.ToString(), to.Port);
            await UntilAsync($"{firewall} refuses {from} at {to}", async () => await network.RefusedAsync(firewall) > refused || attempt.HasExited);
            Assert.False(attempt.HasExited, $"{from} reached {to}");
            attempt.Kill();
            await attempt.WaitForExitAsync();
        }

        Say("what the firewalls forbid was refused");
    }

    private static IReadOnlyList<(string From, string Firewall, IPAddress Source, IPEndPoint To)> Forbidden(Institution institution, string relay)
    {
        var inside = IPAddress.Parse(institution.Inside + ".2");
        var outside = IPAddress.Parse(FirewalledNetwork.RelayAddress(relay));
        var (inner, open) = (institution.InnerEndpoint(1), institution.PublicEndpoint(1));
        return
        [
            (institution.Floats[0], institution.Inner, inner.Address, new IPEndPoint(inside, 9)),
            (relay, institution.Outer, outside, new IPEndPoint(inside, 9)),
            (relay, institution.Outer, outside, inner),
            (relay, institution.Outer, outside, new IPEndPoint(open.Address, Institution.InnerPort)),
            (institution.Node, institution.Inner, inside, new IPEndPoint(outside, Institution.PublicPort)),
            (institution.Node, institution.Inner, inside, open),
        ];
    }

    private static async Task<IReadOnlyList<PortState>> ProbeAllAsync(FirewalledNetwork network, Institution institution) =>
        await Task.WhenAll(Enumerable.Range(1, Institution.FloatsEach).Select(number => ProbeAsync(network, institution, number)));

    private static Task<PortState> ProbeAsync(FirewalledNetwork network, Institution institution, int number)
    {
        var port = institution.PublicEndpoint(number);
        return network[FirewalledNetwork.Relays[0]].ProbeAsync(port.Address.ToString(), port.Port);
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> wanted)
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Poll);
        do
        {
            if (await wanted())
                return;
            if (Stopwatch.GetElapsedTime(began) > Patience)
                throw new TimeoutException($"Not in time: {what}");
        }
        while (await timer.WaitForNextTickAsync());
    }

    private void Say(string line) => say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} s: {line}"));
}
