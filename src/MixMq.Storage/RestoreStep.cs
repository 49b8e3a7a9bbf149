namespace MixMq.Storage;

/// <summary>What a restore has done so far; after each of these it may be stopped for good.</summary>
internal enum RestoreStep
{
    /// <summary>A copy of the backup lies beside the store, checked and whole. From now on no store is opened here.</summary>
    Copied,

    /// <summary>What stood in the former store's log stands in the store itself, if it could be opened.</summary>
    Closed,

    /// <summary>The former store has its other name.</summary>
    StoreMoved,

    /// <summary>Its log too, where it still had one.</summary>
    LogsMoved,
}
