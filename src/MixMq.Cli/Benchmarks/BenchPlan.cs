using System.Text.Json.Nodes;
using MixMq.Cli.Local;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// The network that is measured: two institutions, each an endpoint behind its float, and a link between the floats. No mixing delay and no
/// cover, so that what is measured is the work and not the waiting; everything else is as shipped.
/// </summary>
internal static class BenchPlan
{
    public static readonly LocalMember A = new("node-a", "a", IsEndpoint: true);
    public static readonly LocalMember B = new("node-b", "b", IsEndpoint: true);
    private static readonly LocalMember FloatA = new("float-a", "a", IsEndpoint: false);
    private static readonly LocalMember FloatB = new("float-b", "b", IsEndpoint: false);

    public static readonly LocalPlan Network = new("bench", [A, B, FloatA, FloatB], [(A, FloatA), (B, FloatB), (FloatA, FloatB)]) { Configure = Configure };

    /// <summary>A third endpoint at the second float, to be reached before it goes.</summary>
    public static readonly LocalMember C = new("node-c", "b", IsEndpoint: true);

    /// <summary>A fourth endpoint beside the first, with nothing that waits: what the first is compared with.</summary>
    public static readonly LocalMember D = new("node-d", "a", IsEndpoint: true);

    /// <summary>The same network, the endpoint that goes, and the one to compare with.</summary>
    public static readonly LocalPlan WithRecipientThatGoes =
        new("bench", [A, B, C, D, FloatA, FloatB], [.. Network.Links, (C, FloatB), (D, FloatA)]) { Configure = Configure };

    /// <summary>Limits that are there to hold a large message back would otherwise be what is measured.</summary>
    private const int Unlimited = 1_000_000;

    private static void Configure(LocalMember member, JsonObject configuration)
    {
        configuration["network"]!["pathLinks"] = Network.Links.Count;
        configuration["limits"]!["linkPacketsPerSecond"] = Unlimited;
        configuration["limits"]!["nodePacketsPerSecond"] = Unlimited / 10;
        if (!member.IsEndpoint)
            return;
        configuration["mixing"]!["meanDelayMs"] = 0;
        configuration["traffic"] = new JsonObject { ["loopsPerMinute"] = 0 };
        configuration["messaging"] = new JsonObject { ["packetsPerSecond"] = Unlimited };
    }
}
