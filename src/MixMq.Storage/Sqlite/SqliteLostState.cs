using System.Text.Json;

namespace MixMq.Storage.Sqlite;

/// <summary>States of consumers that the disk has damaged. There is none in their place: an application that went on from an empty one would repeat or leave out what it did.</summary>
internal static class SqliteLostState
{
    /// <summary>What stands as <c>state_length</c> in the row of a consumer whose state is in quarantine. No state has it.</summary>
    public const long Length = -1;

    /// <summary>
    /// Whether a consumer that has no row may have had one: its row, or the state beside it, is in quarantine under its name, or a row is whose own name isn't known, because no state is there under
    /// the name that it has now.
    /// </summary>
    public static bool MayBe(SqliteDatabase database, string name)
    {
        var rows = new List<string?>();
        var states = new HashSet<string?>();
        using SqliteStatement query = database.Prepare("SELECT source, cause, fields FROM quarantine WHERE source IN ('consumer', 'consumer_state')");
        while (query.Read())
        {
            string? found = NameIn(query.Blob(2));
            if (query.Text(0) == "consumer_state")
            {
                states.Add(found);
            }
            else if (query.Int64(1) == (long)DamageCause.RowChecksum)
            {
                rows.Add(found);
            }
        }

        return states.Contains(name) || rows.Exists(row => row is null || row == name || !states.Contains(row));
    }

    /// <summary>Says so, and what to do.</summary>
    public static MessageStoreException Damaged() => new(
        "The consumer's state is damaged: to go on without it could repeat or leave out what the application did. It is in quarantine. Restore a backup; or, if the application "
        + "knows from elsewhere where it stood, let it make a checkpoint with that state, before it opens a stream: that takes the lost one's place.");

    private static string? NameIn(ReadOnlySpan<byte> fields)
    {
        try
        {
            var reader = new Utf8JsonReader(fields);
            using var row = JsonDocument.ParseValue(ref reader);
            return row.RootElement.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
