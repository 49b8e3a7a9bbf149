using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary><c>status</c>: the node, its links and its counters.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(CliEnvironment environment)
    {
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("status", "What the node is, how its links are, and what it has done.") { socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var status = await client.GetStatusAsync(CallTimeout, cancellationToken);
            if (output.Json)
                output.Object(ToJson(status));
            else
                Show(output, status);
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq status --config node.json
            mixmq status --config node.json --json
            """);
    }

    /// <summary>The state's name in JSON and in tables.</summary>
    public static string Name(LinkState state) => state switch
    {
        LinkState.Connecting => "connecting",
        LinkState.Up => "up",
        LinkState.Suspect => "suspect",
        LinkState.Down => "down",
        LinkState.Refused => "refused",
        _ => "unknown",
    };

    private static void Show(CommandOutput output, NodeStatus status)
    {
        var counters = status.Messaging ?? new MessagingCounters();
        var topology = status.Topology ?? new TopologySummary();
        output.Line($"""
            Address   {TerminalText.Escape(status.Address)}
            Network   {TerminalText.Escape(status.Network)}, {topology.Nodes} nodes, {topology.Links} links
            Running   since {Clock.Show(status.StartedUnixMs)}, version {TerminalText.Escape(status.Version)}
            Sent      {counters.Accepted} accepted, {counters.Acknowledged} acknowledged, {counters.Expired} expired, {counters.Pending} pending
            Received  {counters.Received}, {counters.Waiting} waiting, {counters.DuplicatesRemoved} duplicates removed
            Inbox     {Inbox(counters)}
            Store     {Store(counters)}
            Packets   {counters.FragmentsSent} fragments sent, {counters.Retransmissions} of them again, over {counters.PathsUsed} different paths
            Loops     {LoopStatusView.Describe(status.Loops ?? new LoopStatus())}
            View      {ViewStatus.Describe(status.Views ?? new ViewComparison())}
            """);
        if (counters.JoiningConversations > 0)
            output.Line($"Held      {counters.JoiningConversations} own conversations: each recipient has two of one name, under two of its addresses, and must say first which of them it has; what to do says: mixmq doctor");
        if (counters.ApartConversations > 0)
            output.Line($"Apart     {counters.ApartConversations} own conversations: what waits in them isn't delivered; what to do says: mixmq doctor");
        var links = new Table().AddColumns("Link", "State", "RTT ms", "Address", "Reason");
        foreach (var link in status.Links)
        {
            links.AddRow(
                Cell(link.Name),
                Cell(Name(link.State)),
                Cell(link.RttMs > 0 ? link.RttMs.ToString("0.0", CultureInfo.InvariantCulture) : "–"),
                new Text(TerminalText.Shorten(link.Address)),
                Cell(link.Reason));
        }

        output.Table(links);
        CertificateStatusView.Show(output, status.Certificates);
        AdmissionStatusView.Show(output, status.Admission);
        QuarantinedOrigins.Show(output, status.Quarantined);
        foreach (var drop in status.Drops)
            output.Line($"Dropped   {drop.Count} {TerminalText.Escape(drop.Reason)}");
    }

    /// <summary>How full the inbox is, who was refused on that account, and by whom this node is refused: in numbers, without names.</summary>
    private static string Inbox(MessagingCounters counters) => string.Create(
        CultureInfo.InvariantCulture,
        $"{counters.InboxMessages} of {counters.InboxMessagesMax} messages, {counters.InboxBytes >> 20} of {counters.InboxBytesMax >> 20} MiB, {counters.RefusalsSent} refusals sent, {counters.RefusedConversations} own conversations refused for now");

    /// <summary>What an operator must know of the store: whether it takes anything, and whether the disk damages it.</summary>
    private static string Store(MessagingCounters counters)
    {
        string space = counters.StoreShort ? "disk full, nothing new is accepted" : "has room";
        string damage = counters.Quarantined == 0 ? "no damage" : string.Create(CultureInfo.InvariantCulture, $"{counters.Quarantined} damaged rows in quarantine: check the disk");
        return string.Create(CultureInfo.InvariantCulture, $"{space}, {damage}, {counters.DeadLetters} dead letters{(counters.Gaps == 0 ? "" : ", messages lost: see mixmq gaps")}");
    }

    private static Text Cell(string text) => new(TerminalText.Escape(text));

    private static JsonObject ToJson(NodeStatus status)
    {
        var counters = status.Messaging ?? new MessagingCounters();
        var topology = status.Topology ?? new TopologySummary();
        return new JsonObject
        {
            ["address"] = status.Address,
            ["name"] = status.Name,
            ["network"] = status.Network,
            ["version"] = status.Version,
            ["started_unix_ms"] = status.StartedUnixMs,
            ["epoch"] = status.Epoch,
            ["rtt_ms"] = status.RttMs,
            ["links"] = new JsonArray([.. status.Links.Select(link => new JsonObject
            {
                ["name"] = link.Name,
                ["address"] = link.Address,
                ["state"] = Name(link.State),
                ["reason"] = link.Reason,
                ["rtt_ms"] = link.RttMs,
            })]),
            ["topology"] = new JsonObject
            {
                ["nodes"] = topology.Nodes,
                ["links"] = topology.Links,
                ["own_sequence"] = topology.OwnSequence,
                ["digest"] = topology.Digest,
            },
            ["views"] = ViewStatus.ToJson(status.Views ?? new ViewComparison()),
            ["loops"] = LoopStatusView.ToJson(status.Loops ?? new LoopStatus()),
            ["certificates"] = CertificateStatusView.ToJson(status.Certificates),
            ["admission"] = AdmissionStatusView.ToJson(status.Admission),
            ["quarantined"] = QuarantinedOrigins.ToJson(status.Quarantined),
            ["messaging"] = new JsonObject
            {
                ["accepted"] = counters.Accepted,
                ["acknowledged"] = counters.Acknowledged,
                ["expired"] = counters.Expired,
                ["pending"] = counters.Pending,
                ["retransmissions"] = counters.Retransmissions,
                ["fragments_sent"] = counters.FragmentsSent,
                ["received"] = counters.Received,
                ["duplicates_removed"] = counters.DuplicatesRemoved,
                ["consumed"] = counters.Consumed,
                ["waiting"] = counters.Waiting,
                ["paths_used"] = counters.PathsUsed,
                ["path_links_min"] = counters.PathLinksMin,
                ["path_links_max"] = counters.PathLinksMax,
                ["no_path"] = counters.NoPath,
                ["quarantined"] = counters.Quarantined,
                ["dead_letters"] = counters.DeadLetters,
                ["store_short"] = counters.StoreShort,
                ["gaps"] = counters.Gaps,
                ["recalled"] = counters.Recalled,
                ["inbox_messages"] = counters.InboxMessages,
                ["inbox_bytes"] = counters.InboxBytes,
                ["inbox_messages_max"] = counters.InboxMessagesMax,
                ["inbox_bytes_max"] = counters.InboxBytesMax,
                ["refusals_sent"] = counters.RefusalsSent,
                ["refusals_received"] = counters.RefusalsReceived,
                ["too_large"] = counters.TooLarge,
                ["pings_sent"] = counters.PingsSent,
                ["pings_answered"] = counters.PingsAnswered,
                ["ping_answers_sent"] = counters.PingAnswersSent,
                ["refused_conversations"] = counters.RefusedConversations,
                ["joining_conversations"] = counters.JoiningConversations,
                ["apart_conversations"] = counters.ApartConversations,
            },
            ["drops"] = new JsonArray([.. status.Drops.Select(drop => new JsonObject { ["reason"] = drop.Reason, ["count"] = drop.Count })]),
        };
    }
}
