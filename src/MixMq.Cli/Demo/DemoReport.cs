using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace MixMq.Cli.Demo;

/// <summary>How the demo went: as a table, and as the JSON object whose member names scripts rely on.</summary>
internal sealed record DemoReport
{
    public required DemoOptions Options { get; init; }

    public required DeliverySummary Deliveries { get; init; }

    public required ulong Retransmissions { get; init; }

    public required ulong FragmentsSent { get; init; }

    public required ulong DuplicatesRemoved { get; init; }

    public required ulong Paths { get; init; }

    public required uint LinksMin { get; init; }

    public required uint LinksMax { get; init; }

    public required (ulong Sent, ulong Returned, ulong Lost) Loops { get; init; }

    public required double Seconds { get; init; }

    public required double TrafficSeconds { get; init; }

    public required byte[] FileHashSent { get; init; }

    public byte[]? FileHashReceived { get; init; }

    /// <summary>The most memory that each process had, in bytes.</summary>
    public required IReadOnlyDictionary<string, long> PeakResidentBytes { get; init; }

    /// <summary>What went wrong; null: nothing.</summary>
    public string? Error { get; init; }

    /// <summary>With --keep: the folder that the network runs in.</summary>
    public string? Folder { get; init; }

    public bool Succeeded => Error is null && Deliveries.IsPerfect(Options.Messages) && Paths >= 2;

    public JsonObject ToJson()
    {
        var value = new JsonObject
        {
            ["success"] = Succeeded,
            ["fault"] = DemoFaultNames.Name(Options.Fault),
            ["messages"] = Options.Messages,
            ["size"] = Options.Size,
            ["sent"] = Deliveries.Sent,
            ["delivered"] = Deliveries.Delivered,
            ["acknowledged"] = Deliveries.Acknowledged,
            ["duplicates"] = Deliveries.Duplicates,
            ["corrupted"] = Deliveries.Corrupted,
            ["disordered"] = Deliveries.Disordered,
            ["expired"] = Deliveries.Tombstones,
            ["retransmissions"] = Retransmissions,
            ["fragments_sent"] = FragmentsSent,
            ["duplicates_removed"] = DuplicatesRemoved,
            ["paths"] = Paths,
            ["links"] = LinksMin,
            ["links_max"] = LinksMax,
            ["loops_sent"] = Loops.Sent,
            ["loops_returned"] = Loops.Returned,
            ["loops_lost"] = Loops.Lost,
            ["latency_ms_p50"] = Deliveries.LatencyP50,
            ["latency_ms_p99"] = Deliveries.LatencyP99,
            ["seconds"] = Math.Round(Seconds, 3),
            ["traffic_seconds"] = Math.Round(TrafficSeconds, 3),
            ["file_delivered"] = Deliveries.FileDelivered,
            ["file_acknowledged"] = Deliveries.FileAcknowledged,
            ["file_sha256_sent"] = Convert.ToHexStringLower(FileHashSent),
            ["file_sha256_received"] = FileHashReceived is null ? null : Convert.ToHexStringLower(FileHashReceived),
            ["peak_resident_bytes"] = new JsonObject(PeakResidentBytes.Select(process => KeyValuePair.Create(process.Key, (JsonNode?)process.Value))),
        };
        if (Error is not null)
            value["error"] = Error;
        if (Folder is not null)
            value["folder"] = Folder;
        return value;
    }

    public Table ToTable()
    {
        var table = new Table { ShowHeaders = false }.AddColumns("", "").Border(TableBorder.Rounded);
        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));
        Row("Sent", Number(Deliveries.Sent) + " messages and a file");
        Row("Delivered", Number(Deliveries.Delivered));
        Row("Acknowledged", Number(Deliveries.Acknowledged));
        Row("Duplicates", Number(Deliveries.Duplicates));
        Row("Corrupted", Number(Deliveries.Corrupted));
        Row("Retransmissions", string.Create(CultureInfo.InvariantCulture, $"{Retransmissions} of {FragmentsSent} fragments"));
        Row("Latency", string.Create(CultureInfo.InvariantCulture, $"median {Deliveries.LatencyP50} ms, 99th percentile {Deliveries.LatencyP99} ms"));
        Row("Links per path", LinksMin == LinksMax ? Number(LinksMin) : $"{LinksMin} to {LinksMax}");
        Row("Different paths", Number(Paths));
        Row("Loops", string.Create(CultureInfo.InvariantCulture, $"{Loops.Returned} of {Loops.Sent} that endpoints sent to themselves are back, {Loops.Lost} lost"));
        Row("File", Deliveries.FileDelivered ? "received with the same SHA-256" : FileHashReceived is null ? "not received" : "received changed");
        Row("Fault", DemoFaultNames.Name(Options.Fault));
        Row("Seconds", string.Create(CultureInfo.InvariantCulture, $"{Seconds:0.0}, {TrafficSeconds:0.0} of them traffic"));
        return table;
    }

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
