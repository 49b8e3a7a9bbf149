namespace MixMq.Architecture.Tests;

/// <summary>A line of BannedSymbols.PureCore.txt.</summary>
/// <param name="Kind">N, T, P or M, as in documentation comment ids.</param>
/// <param name="Name">Full name; a method's with its parameters, as in documentation comment ids.</param>
internal sealed record BannedSymbol(char Kind, string Name)
{
    public static IReadOnlyList<BannedSymbol> All { get; } =
    [
        .. Repository.Read("BannedSymbols.PureCore.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(';')[0]).Select(id => new BannedSymbol(id[0], id[2..])),
    ];

    public override string ToString() => $"{Kind}:{Name}";

    /// <summary>What of this an assembly uses, in metadata terms; empty when nothing.</summary>
    public IEnumerable<string> UsesIn(AssemblyImage image) => Kind switch
    {
        'N' => image.UsedTypes.Where(type => type.StartsWith(Name + ".", StringComparison.Ordinal)),
        'T' => image.UsedTypes.Where(type => type == Name),
        'P' => image.UsedMembers.Where(member => member == Accessor("get_") || member == Accessor("set_")),
        'M' => image.UsedMembers.Where(member => member == Name.Split('(')[0]),
        _ => throw new InvalidOperationException($"{this}: this kind of entry is not checked."),
    };

    private string Accessor(string prefix) => Name.Insert(Name.LastIndexOf('.') + 1, prefix);
}
