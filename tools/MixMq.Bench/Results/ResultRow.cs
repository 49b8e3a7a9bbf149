namespace MixMq.Bench.Results;

/// <summary>A line of the README's table.</summary>
internal sealed record ResultRow(string What, string Figure, string Command)
{
    public override string ToString() => $"| {What} | {Figure} | `{Command}` |";
}
