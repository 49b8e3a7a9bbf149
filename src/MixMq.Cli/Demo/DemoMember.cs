namespace MixMq.Cli.Demo;

/// <summary>One process of the demo's network.</summary>
internal sealed record DemoMember(string Name, string Institution, bool IsEndpoint);
