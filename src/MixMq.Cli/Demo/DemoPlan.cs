using System.Text.Json.Nodes;
using MixMq.Cli.Local;

namespace MixMq.Cli.Demo;

/// <summary>
/// The demo's network: three institutions, each an endpoint node behind its floats (the first has two), and two relays of others.
/// Floats and relays are linked each with each, so every message has several paths of five links.
/// </summary>
internal static class DemoPlan
{
    /// <summary>In the order that decides who dials: the earlier the later.</summary>
    public static readonly IReadOnlyList<LocalMember> Members =
    [
        new("node-a", "a", IsEndpoint: true),
        new("node-b", "b", IsEndpoint: true),
        new("node-c", "c", IsEndpoint: true),
        new("float-a1", "a", IsEndpoint: false),
        new("float-a2", "a", IsEndpoint: false),
        new("float-b", "b", IsEndpoint: false),
        new("float-c", "c", IsEndpoint: false),
        new("relay-1", "relay-1", IsEndpoint: false),
        new("relay-2", "relay-2", IsEndpoint: false),
    ];

    public static readonly IReadOnlyList<LocalMember> Endpoints = [.. Members.Where(member => member.IsEndpoint)];

    /// <summary>Each link once: who dials, who is dialled. An endpoint dials the floats of its institution and no one else.</summary>
    public static readonly IReadOnlyList<(LocalMember Dialler, LocalMember Listener)> Links =
    [
        .. Endpoints.SelectMany(node => Members.Where(other => !other.IsEndpoint && other.Institution == node.Institution).Select(other => (node, other))),
        .. Members.Where(member => !member.IsEndpoint).SelectMany((one, index) => Members.Where(member => !member.IsEndpoint).Skip(index + 1).Select(other => (one, other))),
    ];

    /// <summary>What is installed and started.</summary>
    public static readonly LocalPlan Network = new("demo", Members, Links) { Configure = Configure };

    /// <summary>The ordered pairs of endpoints: messages go round them in turn.</summary>
    public static readonly IReadOnlyList<DemoPair> Pairs =
    [
        .. Endpoints.SelectMany(from => Endpoints.Where(to => to != from).Select(to => (from, to))).Select((pair, index) => new DemoPair(index, pair.from, pair.to)),
    ];

    /// <summary>The demo is too short for the loops of a node that says nothing: it would show none or a few.</summary>
    private const int LoopsPerMinute = 120;

    private static void Configure(LocalMember member, JsonObject configuration)
    {
        if (member.IsEndpoint)
            configuration["traffic"] = new JsonObject { ["loopsPerMinute"] = LoopsPerMinute };
    }

    /// <summary>How many of so many messages go to each pair.</summary>
    public static int CountFor(int pair, int messages) => (messages / Pairs.Count) + (pair < messages % Pairs.Count ? 1 : 0);
}
