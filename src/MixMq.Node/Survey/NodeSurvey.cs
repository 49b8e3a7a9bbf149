using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;
using MixMq.Node.Configuration;
using MixMq.Storage;
using MixMq.Storage.Sqlite;
using MixMq.Transport.Metrics;
using MixMq.Transport.Survey;

namespace MixMq.Node.Survey;

/// <summary>
/// What a node has beyond a float: a control socket and a store. A node that runs is asked over its socket; the store of one that doesn't is looked into without
/// touching a file.
/// </summary>
internal static class NodeSurvey
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    internal static async Task<SurveyAddition> RunAsync(NodeConfiguration configuration, CancellationToken cancellation)
    {
        NodeStatus? status = null;
        MetricsText? metrics = null;
        ImmutableArray<Finding> control = await SurveyStep.TakeAsync("control", "", async () =>
        {
            (status, metrics, Finding finding) = await AskAsync(configuration, cancellation);
            return [finding];
        }, cancellation);
        if (status is null)
        {
            return new SurveyAddition([.. control, .. SurveyStep.Take("store", "", () => Stored(configuration.StoreFile))], []);
        }

        ImmutableArray<(string Name, byte[] Content)> files = [];
        return new SurveyAddition(
            [
                .. control,
                .. StatusFindings.Parts.SelectMany(part => SurveyStep.Take(part.Check, "", () => part.Look(status))),
                .. SurveyStep.Take("figures", "", () =>
                {
                    files = [("node.json", Numbers(status)), ("node.prom", Encoding.ASCII.GetBytes(MetricsFilter.Only(metrics?.Text ?? "")))];
                    return [];
                }),
            ],
            files);
    }

    private static async Task<(NodeStatus? Status, MetricsText? Metrics, Finding Finding)> AskAsync(NodeConfiguration configuration, CancellationToken cancellation)
    {
        if (!File.Exists(configuration.ControlSocket))
        {
            return (null, null, new Finding(
                FindingLevel.Problem, "control", "", "none", $"there is no control socket {configuration.ControlSocket}", "start the node; if it was started with another control:socket, give the same setting here"));
        }

        try
        {
            using var client = NodeControlClient.ForUnixSocket(configuration.ControlSocket);
            NodeStatus status = await client.GetStatusAsync(CallTimeout, cancellation);
            MetricsText metrics = await client.GetMetricsAsync(CallTimeout, cancellation);
            return (status, metrics, Finding.Ok("control", "", $"the node answers on its socket, version {status.Version}"));
        }
        catch (RpcException failure)
        {
            return (null, null, new Finding(
                FindingLevel.Problem, "control", "", failure.StatusCode.ToString(), $"the node doesn't answer on {configuration.ControlSocket}",
                "is it running, and is this its user? Nobody else may open the socket"));
        }
    }

    /// <summary>A store that no node has open.</summary>
    internal static IEnumerable<Finding> Stored(string file)
    {
        if (!File.Exists(file))
        {
            yield return new Finding(FindingLevel.Note, "store", "", "none", $"{file} isn't there yet; it is made at the first start");
            yield break;
        }

        // Without its log the file may be half of something, and would be called damaged.
        if (new FileInfo(file + "-wal") is { Exists: true, Length: > 0 })
        {
            yield return new Finding(FindingLevel.Note, "store", "", "not-looked", "not looked into: its log isn't written back, so a node has it open, or ended without doing so; the next start does it");
            yield break;
        }

        (long Version, StoreCounts? Counts, StoreFigures? Figures) read = default;
        string? failure = null;
        try
        {
            read = StoreInspection.Read(file);
        }
        catch (MessageStoreException e)
        {
            failure = e.Message.TrimEnd('.');
        }

        if (failure is not null)
        {
            yield return new Finding(FindingLevel.Problem, "store", "", "unreadable", failure, "run the survey as the node's user; if it is damaged: mixmq restore");
            yield break;
        }

        if (read is not { Counts: { } counts, Figures: { } figures })
        {
            yield return read.Version < StoreInspection.PresentVersion
                ? new Finding(FindingLevel.Note, "store", "", "older", $"it is of version {read.Version}; the next start brings it to {StoreInspection.PresentVersion}")
                : new Finding(FindingLevel.Problem, "store", "", "newer", $"it is of version {read.Version}, and this program writes {StoreInspection.PresentVersion}", "install the newer program");
            yield break;
        }

        yield return Finding.Ok("store", "", string.Create(
            CultureInfo.InvariantCulture, $"opens, {figures.FileBytes >> 10} KiB, {counts.Pending} messages to send, {counts.Waiting} to consume"));
        foreach (Finding finding in StatusFindings.OfStore(counts.Quarantined, counts.DeadLetters, counts.Gaps))
        {
            yield return finding;
        }
    }

    private static byte[] Numbers(NodeStatus status)
    {
        MessagingCounters counters = status.Messaging ?? new MessagingCounters();
        var numbers = new JsonObject
        {
            ["topology_nodes"] = status.Topology?.Nodes,
            ["topology_links"] = status.Topology?.Links,
            ["quarantined_origins"] = status.Quarantined.Count,
        };

        // Of the counters all that are numbers, whichever there are: names would be texts.
        foreach (var field in MessagingCounters.Descriptor.Fields.InFieldNumberOrder())
        {
            numbers[field.Name] = field.Accessor.GetValue(counters) switch
            {
                ulong number => number,
                uint number => number,
                bool flag => flag,
                _ => null,
            };
        }

        return Encoding.UTF8.GetBytes(numbers.ToJsonString() + "\n");
    }
}
