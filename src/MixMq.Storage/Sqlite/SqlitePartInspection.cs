using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Finds parts of contents that stand where no content has its parts, and fragments that stand in another's place: a part whose key is damaged is read by nothing, so that its sum alone
/// tells nobody. Looks at keys, by a search or two for each content, and reads those parts alone that have no neighbour: in an unbroken row no key can change without breaking the order of
/// the tree, which SQLite's own check, or the content's next reading, finds. Inside its caller's transaction.
/// </summary>
internal sealed class SqlitePartInspection(SqliteDatabase database, SqliteQuarantine quarantine)
{
    private const long PositionsOfContent = 1L << SqlitePartedWriter.PositionBits;
    private const long MostNumbers = 1L << 38;
    private readonly PartSum _sum = new();

    /// <summary>Takes what is wrong into quarantine.</summary>
    /// <returns>How many parts that were.</returns>
    public int Run()
    {
        int found = 0;
        long next = long.MinValue;
        foreach ((long number, PartedKind kind, long positions) in Contents())
        {
            long first = SqlitePartedWriter.FirstRow(number);
            found += TakeStrays(next, first);
            next = first + positions;
            found += kind == PartedKind.Partial ? TakeMisplaced(first, next) : 0;
        }

        return found + TakeStrays(next, long.MaxValue);
    }

    private List<(long Number, PartedKind Kind, long Positions)> Contents()
    {
        var contents = new List<(long, PartedKind, long)>();
        using SqliteStatement query = database.Prepare($"SELECT number, kind, length, first_bytes, part_bytes FROM parted WHERE {SqliteTable.Parted.Sound} ORDER BY number");
        while (query.Read())
        {
            var kind = (PartedKind)query.Int64(1);
            (long length, long firstBytes, long partBytes) = (query.Int64(2), query.Int64(3), query.Int64(4));
            long positions = kind is PartedKind.Dropped or PartedKind.Lost ? PositionsOfContent
                : length <= firstBytes ? 1
                : 1 + ((length - firstBytes + partBytes - 1) / partBytes);
            contents.Add((query.Int64(0), kind, positions));
        }

        return contents;
    }

    /// <summary>Rows from one to below another belong to no content. Where several have one number, it is their content's row that is lost: they are kept, as nobody's, but for the first.</summary>
    private int TakeStrays(long from, long end)
    {
        int found = 0;
        while (First(from, end) is { } row)
        {
            if (row < from || !Take(row, DamageCause.RowMissing))
            {
                throw Unfindable();
            }

            found++;
            long number = row >> SqlitePartedWriter.PositionBits;
            long behind = number < MostNumbers ? SqlitePartedWriter.FirstRow(number + 1) : long.MaxValue;
            bool isKnown = SqliteRows.Exists(database.Prepare("SELECT 1 FROM parted WHERE number = ?").Bind(number));
            if (number is > 0 and < MostNumbers && !isKnown && First(row, Math.Min(behind, end)) is not null)
            {
                SqliteRows.Any(database.Prepare(SqliteTable.Parted.Insert).Bind(number).Bind((long)PartedKind.Lost).Bind(number).Bind(0).Bind(0).Bind(1));
                from = behind;
            }
        }

        return found;
    }

    /// <summary>The fragments of a partial that have no neighbour on one side, among those that a start looks at.</summary>
    private int TakeMisplaced(long first, long end)
    {
        int found = 0;
        while (Last(first, end) is { } last && !IsSound(last))
        {
            if (!Take(last, DamageCause.ContentChecksum))
            {
                throw Unfindable();
            }

            found++;
        }

        if (Last(first, end) is not { } greatest)
        {
            return found;
        }

        var lone = new List<long>();
        using (SqliteStatement query = database.Prepare("SELECT row FROM part WHERE row BETWEEN ? AND ? ORDER BY row").Bind(Math.Max(first, greatest + 1 - MessagingConstants.FragmentSpan)).Bind(greatest))
        {
            long before = first - 1;
            while (query.Read())
            {
                long row = query.Int64(0);
                if (row != before + 1)
                {
                    lone.Add(before);
                    lone.Add(row);
                }

                before = row;
            }
        }

        foreach (long row in lone.Where(row => row >= first).Distinct())
        {
            if (!IsSound(row))
            {
                Take(row, DamageCause.ContentChecksum);
                found++;
            }
        }

        return found;
    }

    private long? First(long from, long end) => Number(database.Prepare("SELECT MIN(row) FROM part WHERE row >= ? AND row < ?").Bind(from).Bind(end));

    private long? Last(long from, long end) => Number(database.Prepare("SELECT MAX(row) FROM part WHERE row >= ? AND row < ?").Bind(from).Bind(end));

    private static long? Number(SqliteStatement statement)
    {
        using SqliteStatement query = statement;
        return query.Read() && query.Type(0) == SQLitePCL.raw.SQLITE_INTEGER ? query.Int64(0) : null;
    }

    private bool IsSound(long row)
    {
        using SqliteStatement query = database.Prepare("SELECT content, sum FROM part WHERE row = ?").Bind(row);
        return !query.Read() || _sum.Is(row, query.Blob(0), query.Blob(1));
    }

    /// <returns>False: it isn't where a search looks for it, for the tree is out of order; what goes from row to row would go on for ever.</returns>
    private bool Take(long row, DamageCause cause)
    {
        using (SqliteStatement query = database.Prepare("SELECT row, content FROM part WHERE row = ?").Bind(row))
        {
            if (query.Read())
            {
                quarantine.Take("part", cause, query, ["row"], hasContent: true);
            }
        }

        SqliteRows.Any(database.Prepare("DELETE FROM part WHERE row = ?").Bind(row));
        return database.Changes == 1;
    }

    private static MessageStoreException Unfindable() => new("The message store is damaged: parts of contents are out of order. Restore a backup.", SQLitePCL.raw.SQLITE_CORRUPT);
}
