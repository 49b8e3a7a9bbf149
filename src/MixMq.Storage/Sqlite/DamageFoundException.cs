namespace MixMq.Storage.Sqlite;

/// <summary>A reader has met damage: it goes back, the damage is set right by the writing connection, and it reads again.</summary>
internal sealed class DamageFoundException(Func<SqliteDamage, bool> repair) : Exception
{
    /// <summary>A row whose checksum is wrong: it is found again by looking at all.</summary>
    public static DamageFoundException Row => new(static damage => damage.Inspect());

    /// <summary>Rows and indexes contradict each other: all of the store is to be examined.</summary>
    public static DamageFoundException Index => new(static _ => false);

    /// <summary>Inside a transaction. False: what was met wasn't found again, and nothing was changed.</summary>
    public Func<SqliteDamage, bool> Repair => repair;
}
