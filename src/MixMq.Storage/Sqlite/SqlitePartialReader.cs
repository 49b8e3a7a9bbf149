using System.Buffers;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using SQLitePCL;
using static MixMq.Storage.Sqlite.SqliteValues;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries for messages that are being received. Calls and transactions are those of <see cref="SqliteReader"/>.</summary>
internal sealed class SqlitePartialReader(SqliteDatabase database, SqlitePartedReader parts)
{
    public ReadOnlyMemory<byte>? Content(Place place)
    {
        long row;
        int length;
        using (SqliteStatement find = database.AtPlace($"SELECT row, content_length, {SqliteTable.Partial.Sound}, EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Partial} AND owner = row) FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", place))
        {
            if (!find.Read() || find.Int64(3) != 0)
            {
                return null;
            }

            row = find.Int64(2) == 1 ? find.Int64(0) : throw DamageFoundException.Row;
            length = find.Int32(1);
        }

        var joined = new ArrayBufferWriter<byte>(Math.Max(length, 1));
        using SqliteStatement query = database.Prepare(
            $"SELECT content, content_sum, {SqliteTable.Fragment.Sound} FROM fragment WHERE partial = ? ORDER BY position").Bind(row);
        while (query.Read())
        {
            ReadOnlySpan<byte> content = query.Blob(0);
            if (query.Int64(2) != 1)
            {
                throw DamageFoundException.Row;
            }

            if (!RowSum.OfContent(content).AsSpan().SequenceEqual(query.Blob(1)))
            {
                throw new DamageFoundException(damage => damage.Fragments(place));
            }

            joined.Write(content);
        }

        return joined.WrittenMemory;
    }

    public ImmutableArray<PartialState> All()
    {
        var rows = new List<(long Row, PartialState State)>();
        using SqliteStatement query = database.Prepare(
            $"SELECT sender, conversation, sequence, message_id, envelope, content_length, fragment_count, row, number FROM partial LEFT JOIN parted ON kind = {(int)PartedKind.Partial} AND owner = row");
        while (query.Read())
        {
            bool inParts = query.Type(8) == raw.SQLITE_INTEGER;
            rows.Add((inParts ? query.Int64(8) : query.Int64(7), new PartialState(
                PlaceOf(query), Id(query, 3), query.Blob(4).ToArray(), query.Int64(5), query.Int32(6), [], inParts)));
        }

        return [.. rows.Select(row => row.State.InParts ? WithParts(row.State, row.Row) : row.State with { Fragments = Fragments(row.Row) })];
    }

    private PartialState WithParts(PartialState state, long number)
    {
        (int leading, ImmutableArray<int> above) = parts.Fragments(number);
        return state with { Leading = leading, Fragments = above };
    }

    private ImmutableArray<int> Fragments(long partial)
    {
        var indices = ImmutableArray.CreateBuilder<int>();
        using SqliteStatement query = database.Prepare("SELECT position FROM fragment WHERE partial = ? ORDER BY position").Bind(partial);
        while (query.Read())
        {
            indices.Add(query.Int32(0));
        }

        return indices.ToImmutable();
    }
}
