using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Local;

/// <summary>Whether every endpoint knows every node and every link, and what is missing where.</summary>
internal static class Convergence
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>Waits until the whole network is known to all endpoints.</summary>
    /// <exception cref="CommandException">It took too long; the message says what is missing.</exception>
    public static async Task WaitAsync(LocalNetwork network, Action<string> note, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var last = "";
        while (true)
        {
            var missing = new List<string>();
            var progress = new List<string>();
            foreach (var node in network.Plan.Endpoints)
            {
                var view = await ViewAsync(network.Clients[node.Name], cancellationToken);
                var (nodes, links) = Missing(view, network);
                progress.Add($"{node.Name} knows {network.Plan.Members.Count - nodes.Count} nodes and {network.Plan.Links.Count - links.Count} links");
                if (nodes.Count + links.Count > 0)
                    missing.Add($"{node.Name} {(view is null ? "doesn't answer" : $"lacks {string.Join(", ", nodes.Concat(links))}")}");
            }

            if (missing.Count == 0)
                return;
            var text = string.Join("; ", progress);
            if (text != last && TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(1))
                note(last = text);
            if (TimeProvider.System.GetElapsedTime(started) > Timeout)
                throw CommandException.Failure($"The topology has not converged after {Timeout.TotalSeconds} s: {string.Join("; ", missing)}.");
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Names of the nodes and links that a view lacks.</summary>
    public static (IReadOnlyList<string> Nodes, IReadOnlyList<string> Links) Missing(NetworkTopology? view, LocalNetwork network) =>
        Missing(view, network.Plan, network.Members.ToDictionary(member => member.Key, member => member.Value.Address));

    public static (IReadOnlyList<string> Nodes, IReadOnlyList<string> Links) Missing(NetworkTopology? view, LocalPlan plan, IReadOnlyDictionary<string, string> addresses)
    {
        var nodes = (view?.Nodes ?? []).Select(node => node.Address).ToHashSet();
        var links = (view?.Links ?? []).Where(link => link.TwoSided).SelectMany(link => new[] { (link.AddressA, link.AddressB), (link.AddressB, link.AddressA) }).ToHashSet();
        return (
            [.. plan.Members.Where(member => !nodes.Contains(addresses[member.Name])).Select(member => member.Name)],
            [.. plan.Links.Where(link => !links.Contains((addresses[link.Dialler.Name], addresses[link.Listener.Name]))).Select(link => $"{link.Dialler.Name}–{link.Listener.Name}")]);
    }

    /// <summary>The node's view; null: it doesn't answer yet.</summary>
    public static async Task<NetworkTopology?> ViewAsync(NodeControlClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetTopologyAsync(CallTimeout, cancellationToken);
        }
        catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded)
        {
            return null;
        }
    }
}
