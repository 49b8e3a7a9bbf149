namespace MixMq.Sphinx;

/// <summary>What became of a tag.</summary>
public enum ReplayInsert
{
    /// <summary>It is new, and known from now on.</summary>
    Inserted = 0,

    /// <summary>It was there already: the packet is a copy.</summary>
    Duplicate,

    /// <summary>It isn't there, and there is no room for it: the packet must be dropped too.</summary>
    Full,
}
