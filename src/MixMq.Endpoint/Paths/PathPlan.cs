namespace MixMq.Endpoint.Paths;

/// <summary>What a <see cref="PathSource"/> has found out about one destination: the length its paths have, and how to draw the last relay.</summary>
internal sealed class PathPlan(RelayGraph graph, int own, int[] firstRelays, int destination)
{
    /// <summary>In place of a length: no allowed length has a path.</summary>
    public const int None = -1;

    private PathEnumeration? _enumeration;

    public int Destination => destination;

    public bool IsLoop => own == destination;

    /// <summary>The relays next to the destination.</summary>
    public int[] LastRelays { get; } = graph.RelaysAt(destination);

    /// <summary>The weight of the walks that end with each of them, without those that came to it from the destination.</summary>
    public double[] LastWeights { get; private set; } = [];

    /// <summary>The sum of the weights: zero where there is no walk of the length.</summary>
    public double Total { get; private set; }

    public int Links { get; private set; }

    public PathEnumeration Enumeration => _enumeration ??= new PathEnumeration(graph, own, firstRelays, LastRelays, destination);

    /// <summary>Above zero: draw by enumeration.</summary>
    public double EnumeratedWeight { get; set; }

    public bool IsTooManyToEnumerate { get; set; }

    /// <summary>Whether no two inner nodes may be of one institution.</summary>
    public bool IsDistinct { get; private set; }

    /// <summary>Goes over to another length, or to <see cref="None"/>, or to paths whose institutions needn't be distinct.</summary>
    public void Use(int links, WalkTable walks, bool isDistinct)
    {
        Links = links;
        IsDistinct = isDistinct;
        EnumeratedWeight = 0;
        IsTooManyToEnumerate = false;
        Total = 0;
        if (links == None)
        {
            return;
        }

        LastWeights = new double[LastRelays.Length];
        var byNode = walks.ByNode(links - 1);
        var byEdge = walks.ByEdge(links - 1);
        for (var i = 0; i < LastWeights.Length; i++)
        {
            var back = graph.Find(destination, LastRelays[i]);
            LastWeights[i] = Math.Max(0, byNode[LastRelays[i]] - (back < 0 ? 0 : byEdge[back]));
            Total += LastWeights[i];
        }
    }
}
