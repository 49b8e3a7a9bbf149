namespace MixMq.Storage;

/// <summary>The room that a store's files have, and a part of it that is kept for the time when there is no other.</summary>
internal interface IStoreSpace
{
    /// <summary>Whether so little is left that nothing new should be taken, although the reserve is untouched.</summary>
    bool IsScarce { get; }

    /// <summary>Whether the reserve is there.</summary>
    bool IsHeld { get; }

    /// <summary>Takes the reserve, if it isn't there and there is room for it and more.</summary>
    void TryHold();

    /// <summary>Bytes that another file may have without taking what the store needs, or needs to hold its reserve again; not negative.</summary>
    /// <param name="file">Where it will be; its folder need not be there.</param>
    long RoomFor(string file);

    /// <summary>Gives the reserve to whoever writes next.</summary>
    void Release();
}
