namespace MixMq.Cli.Local;

/// <summary>One process of a network on this machine.</summary>
internal sealed record LocalMember(string Name, string Institution, bool IsEndpoint);
