namespace MixMq.Storage;

/// <summary>
/// The store can't do its work: disk full, damaged file, another owner, unknown schema. What was committed before stays committed;
/// the batch in hand isn't. The message is for the operator and holds no address, id or content.
/// </summary>
public sealed class MessageStoreException : Exception
{
    /// <summary>Makes one with the store's own result code (SQLite's primary code; 0 where there is none).</summary>
    public MessageStoreException(string message, int code = 0, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The store's own result code, 0 where there is none.</summary>
    public int Code { get; }

    /// <summary>The disk is full (SQLITE_FULL): nothing is damaged, and the same batch may succeed later.</summary>
    public bool IsFull => Code == 13;

    /// <summary>
    /// The file isn't as it was written (SQLITE_CORRUPT), or what is in it contradicts itself (SQLITE_CONSTRAINT): it may help to make the indexes anew.
    /// </summary>
    internal bool IsDamage => Code is 11 or 19;
}
