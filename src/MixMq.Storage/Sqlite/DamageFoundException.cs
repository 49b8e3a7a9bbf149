namespace MixMq.Storage.Sqlite;

/// <summary>A reader has met damage: it goes back, the damage is set right by the writing connection, and it reads again.</summary>
internal sealed class DamageFoundException(Action<SqliteDamage> repair) : Exception
{
    /// <summary>A row whose checksum is wrong: it is found again by looking at all.</summary>
    public static DamageFoundException Row => new(static damage => damage.Inspect());

    public Action<SqliteDamage> Repair => repair;
}
