using MixMq.Cli.Local;

namespace MixMq.Cli.Demo;

/// <summary>One direction of traffic.</summary>
internal sealed record DemoPair(int Index, LocalMember From, LocalMember To)
{
    public override string ToString() => $"{From.Name} → {To.Name}";
}
