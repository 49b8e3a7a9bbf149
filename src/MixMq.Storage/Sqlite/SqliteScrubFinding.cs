namespace MixMq.Storage.Sqlite;

/// <summary>What a step of <see cref="SqliteScrub"/> has met.</summary>
internal enum SqliteScrubFinding
{
    Nothing,

    /// <summary>A row isn't as it was written.</summary>
    Row,

    /// <summary>An index doesn't have what its table has.</summary>
    Index,

    /// <summary>Pages can't be read as what they should be.</summary>
    Unreadable,
}
