using System.Text.Json.Nodes;

namespace MixMq.Cli.Local;

/// <summary>Which processes a network on this machine consists of, and which of them have links.</summary>
/// <param name="Name">The network's name, and part of its folder's.</param>
/// <param name="Members">In the order that decides who is started when: the earlier the later.</param>
/// <param name="Links">Each link once: who dials, who is dialled. An endpoint dials the floats of its institution and no one else.</param>
internal sealed record LocalPlan(string Name, IReadOnlyList<LocalMember> Members, IReadOnlyList<(LocalMember Dialler, LocalMember Listener)> Links)
{
    public IReadOnlyList<LocalMember> Endpoints { get; } = [.. Members.Where(member => member.IsEndpoint)];

    /// <summary>How many ports of this machine it needs.</summary>
    public int Ports => Members.Count - Endpoints.Count;

    /// <summary>What is particular in a member's configuration; everything else is as <c>init</c> writes it.</summary>
    public Action<LocalMember, JsonObject>? Configure { get; init; }
}
