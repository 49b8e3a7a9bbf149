namespace MixMq.Fuzz;

/// <summary>
/// One thing that is fuzzed. A run takes any bytes, keeps nothing from one run to the next, and depends on the bytes alone; what it throws is a
/// finding. One thread at a time.
/// </summary>
internal abstract class FuzzTarget
{
    /// <summary>What the script, the corpus folder and the regression folder call it.</summary>
    public abstract string Name { get; }

    /// <summary>What it is there to reach: beginnings of <c>Namespace.Type::Method</c>. Only these count in its coverage.</summary>
    public abstract IReadOnlyList<string> Parsers { get; }

    /// <summary>Inputs to start from; at least one that is taken.</summary>
    public abstract IEnumerable<(string Name, byte[] Bytes)> Seeds { get; }

    /// <summary>Runs one input.</summary>
    /// <param name="input">Any bytes.</param>
    /// <returns>Whether the parser took it, rather than refusing it. Tests ask that of the corpus, so that it can't go dead unseen.</returns>
    public abstract bool Run(ReadOnlySpan<byte> input);
}
