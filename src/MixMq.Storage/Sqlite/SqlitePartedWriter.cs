using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Writes contents in parts. A content changes hands with its row; its parts stay where they are, so that a great one is written once and neither delivering nor dropping it
/// takes longer than a small one's.
/// </summary>
internal sealed class SqlitePartedWriter(SqliteRows rows)
{
    /// <summary>A part's row is its content's number, and its position in these lowest bits: the parts of a content lie side by side, in order.</summary>
    public const int PositionBits = 24;

    private static readonly string OfOwner = $"SELECT number, {SqliteTable.Parted.Sound} FROM parted WHERE kind = ? AND owner = ?";
    private static readonly string Give = SqliteTable.Parted.Update("number = ?1", ("kind", "?2"), ("owner", "?3"));
    private static readonly string Extend = SqliteTable.Parted.Update("number = ?1", ("length", "?2"));
    private readonly PartSum _sum = new();

    /// <summary>The row of a content's first part.</summary>
    public static long FirstRow(long number) => number << PositionBits;

    public void Stage(StoreOperation.StagePart stage)
    {
        byte[] id = stage.Id.ToArray();
        Require(!stage.Part.IsEmpty && stage.Part.Length <= MessagingConstants.ContentPartBytes);
        long number = stage.Index == 0
            ? Open(PartedKind.Staged, insert => insert.Bind(id), 0, MessagingConstants.ContentPartBytes, MessagingConstants.ContentPartBytes)
            : Find(PartedKind.Staged, id) ?? throw Contradiction;
        long before = (long)stage.Index * MessagingConstants.ContentPartBytes;
        using (SqliteStatement query = rows.Prepare("SELECT length FROM parted WHERE number = ?").Bind(number))
        {
            Require(query.Read() && query.Int64(0) == before);
        }

        rows.Change(() => rows.Prepare(Extend).Bind(number).Bind(before + stage.Part.Length));
        Put(number, stage.Index, stage.Part.Span);
    }

    public void DropStaged(MessageId id) => Drop(Find(PartedKind.Staged, id.ToArray()));

    /// <summary>What was being handed over when the store was closed will never be a message's. By the rows: an index might say so of another's content, and go on saying so.</summary>
    public void DropAllStaged()
    {
        var staged = new List<long>();
        using (SqliteStatement query = rows.Prepare($"SELECT number FROM parted NOT INDEXED WHERE +kind = {(int)PartedKind.Staged}"))
        {
            while (query.Read())
            {
                staged.Add(query.Int64(0));
            }
        }

        foreach (long number in staged)
        {
            Drop(number);
        }
    }

    /// <summary>A staged content becomes its message's.</summary>
    public void GiveToOutbox(byte[] id, long length)
    {
        long number = Find(PartedKind.Staged, id) ?? throw Contradiction;
        using (SqliteStatement query = rows.Prepare("SELECT length FROM parted WHERE number = ?").Bind(number))
        {
            Require(query.Read() && query.Int64(0) == length);
        }

        rows.Change(() => rows.Prepare(Give).Bind(number).Bind((long)PartedKind.Outbox).Bind(id));
    }

    public void OpenPartial(long row, StoreOperation.OpenPartial open) =>
        Open(PartedKind.Partial, insert => insert.Bind(row), open.ContentLength, open.PieceBytes - open.Envelope.Length, open.PieceBytes);

    public void Put(long number, int position, ReadOnlySpan<byte> part)
    {
        Require(position >= 0 && position < 1 << PositionBits);
        long row = FirstRow(number) + position;
        Span<byte> sum = stackalloc byte[RowSum.ByteCount];
        _sum.Of(row, part, sum);
        rows.One(rows.Prepare("INSERT INTO part (row, sum, content) VALUES (?, ?, ?)").Bind(row).Bind(sum).Bind(part));
    }

    /// <summary>From one row to another: a partial's to its inbox entry, that one's to a dead letter, and back.</summary>
    /// <returns>False: the first has none.</returns>
    public bool Pass(PartedKind from, long owner, PartedKind to, long next)
    {
        if (Find(from, owner) is not { } number)
        {
            return false;
        }

        rows.Change(() => rows.Prepare(Give).Bind(number).Bind((long)to).Bind(next));
        return true;
    }

    public void Drop(PartedKind kind, long owner) => Drop(Find(kind, owner));

    public void Drop(PartedKind kind, byte[] owner) => Drop(Find(kind, owner));

    private static MessageStoreException Contradiction => new("A content in parts isn't there: the message store contradicts what the node knows: it is damaged, or was changed by something else. Restore a backup.", SQLitePCL.raw.SQLITE_CONSTRAINT);

    private void Drop(long? number)
    {
        if (number is { } there)
        {
            rows.Change(() => rows.Prepare(Give).Bind(there).Bind((long)PartedKind.Dropped).Bind(there));
        }
    }

    private long Open(PartedKind kind, Func<SqliteStatement, SqliteStatement> owner, long length, int firstBytes, int partBytes)
    {
        Require(firstBytes >= 0 && partBytes > 0);
        long number = rows.Database.Scalar("SELECT COALESCE(MAX(number), 0) + 1 FROM parted");
        rows.One(owner(rows.Prepare(SqliteTable.Parted.Insert).Bind(number).Bind((long)kind)).Bind(length).Bind(firstBytes).Bind(partBytes));
        return number;
    }

    private long? Find(PartedKind kind, long owner) => Number(rows.Prepare(OfOwner).Bind((long)kind).Bind(owner));

    private long? Find(PartedKind kind, byte[] owner) => Number(rows.Prepare(OfOwner).Bind((long)kind).Bind(owner));

    private static long? Number(SqliteStatement statement)
    {
        using SqliteStatement query = statement;
        if (!query.Read())
        {
            return null;
        }

        // Also where the index leads to another content: dropping that one would lose it.
        Require(query.Int64(1) == 1);
        return query.Int64(0);
    }
}
