namespace MixMq.Endpoint.Messaging.Views;

/// <summary>How two views differ about one origin.</summary>
internal enum ViewDifferenceKind : byte
{
    /// <summary>The correspondent has a record, this node has none.</summary>
    Missing,

    /// <summary>The correspondent's record is newer.</summary>
    Older,

    /// <summary>This node has a record, the correspondent has none.</summary>
    OnlyHere,

    /// <summary>One sequence, two records.</summary>
    Contradictory,

    /// <summary>This node's record is newer. The correspondent's trouble, if it lasts.</summary>
    Newer,
}
