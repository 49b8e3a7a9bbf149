namespace MixMq.Weave;

/// <summary>One way that control can take: into a method, or over one side of a branch.</summary>
/// <param name="Assembly">The assembly's name.</param>
/// <param name="Method">Type and method, <c>Namespace.Type::Method</c>.</param>
/// <param name="Kind">Entry, taken, passed, or the number of a switch's arm.</param>
/// <param name="Line">File and line of the source, where known.</param>
internal sealed record Edge(string Assembly, string Method, string Kind, string Line)
{
    public override string ToString() => $"{Assembly}\t{Method}\t{Kind}\t{Line}";
}
