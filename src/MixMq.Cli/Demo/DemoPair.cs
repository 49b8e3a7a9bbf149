namespace MixMq.Cli.Demo;

/// <summary>One direction of traffic.</summary>
internal sealed record DemoPair(int Index, DemoMember From, DemoMember To)
{
    public override string ToString() => $"{From.Name} → {To.Name}";
}
