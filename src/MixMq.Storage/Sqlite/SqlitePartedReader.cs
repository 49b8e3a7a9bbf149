using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>Reads ranges of contents in parts. Calls and transactions are those of <see cref="SqliteReader"/>.</summary>
internal sealed class SqlitePartedReader(SqliteDatabase database)
{
    private static readonly string Find = $"SELECT number, length, first_bytes, part_bytes, {SqliteTable.Parted.Sound} FROM parted WHERE kind = ? AND owner = ?";
    private readonly PartSum _sum = new();

    public ReadOnlyMemory<byte>? OfOutbox(MessageId id, long offset, int length) =>
        Range(database.Prepare(Find).Bind((long)PartedKind.Outbox).Bind(id.ToArray()), offset, length, damage => damage.OutboxContent(id));

    public ReadOnlyMemory<byte>? OfPartial(Place place, long offset, int length)
    {
        long row;
        using (SqliteStatement query = database.Prepare("SELECT row FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?")
            .Bind(place.Sender.ToArray()).Bind(place.Conversation.ToArray()).Bind(place.Sequence))
        {
            if (!query.Read())
            {
                return null;
            }

            row = query.Int64(0);
        }

        return Range(database.Prepare(Find).Bind((long)PartedKind.Partial).Bind(row), offset, length, damage => damage.PartedPartial(row));
    }

    public ReadOnlyMemory<byte>? OfInbox(ulong position, long offset, int length)
    {
        long row;
        using (SqliteStatement query = database.Prepare("SELECT row FROM inbox WHERE position = ? AND consumed = 0").Bind(position))
        {
            if (!query.Read())
            {
                return null;
            }

            row = query.Int64(0);
        }

        return Range(database.Prepare(Find).Bind((long)PartedKind.Inbox).Bind(row), offset, length, damage => damage.InboxContent(position));
    }

    public ReadOnlyMemory<byte>? OfDeadLetter(long number, long offset, int length) =>
        Range(database.Prepare(Find).Bind((long)PartedKind.DeadLetter).Bind(number), offset, length, damage => damage.DeadLetterContent(number));

    /// <summary>
    /// The fragments that a partial in parts has. No fragment is taken that is a span or more above the lowest missing one, so all are there but perhaps some of the last span's:
    /// the others need not be looked at.
    /// </summary>
    public (int Leading, ImmutableArray<int> Above) Fragments(long number)
    {
        long first = SqlitePartedWriter.FirstRow(number);
        long last;
        using (SqliteStatement query = database.Prepare("SELECT COALESCE(MAX(row), -1) FROM part WHERE row >= ? AND row < ?").Bind(first).Bind(SqlitePartedWriter.FirstRow(number + 1)))
        {
            last = query.Read() ? query.Int64(0) : -1;
        }

        if (last < 0)
        {
            return (0, []);
        }

        long from = Math.Max(first, last + 1 - MessagingConstants.FragmentSpan);
        var above = ImmutableArray.CreateBuilder<int>();
        using SqliteStatement rows = database.Prepare("SELECT row FROM part WHERE row BETWEEN ? AND ? ORDER BY row").Bind(from).Bind(last);
        while (rows.Read())
        {
            above.Add((int)(rows.Int64(0) - first));
        }

        return ((int)(from - first), above.ToImmutable());
    }

    private ReadOnlyMemory<byte>? Range(SqliteStatement find, long offset, int length, Func<SqliteDamage, bool> repair)
    {
        long number;
        long total;
        long firstBytes;
        long partBytes;
        using (SqliteStatement query = find)
        {
            if (!query.Read())
            {
                return null;
            }

            if (query.Int64(4) != 1)
            {
                throw DamageFoundException.Row;
            }

            (number, total, firstBytes, partBytes) = (query.Int64(0), query.Int64(1), query.Int64(2), query.Int64(3));
        }

        if (offset > total || length > total - offset)
        {
            return null;
        }

        byte[] range = new byte[length];
        long position = offset < firstBytes ? 0 : 1 + ((offset - firstBytes) / partBytes);
        long skipped = position == 0 ? offset : (offset - firstBytes) % partBytes;
        long row = SqlitePartedWriter.FirstRow(number) + position;
        int filled = 0;
        using SqliteStatement parts = database.Prepare("SELECT row, sum, content FROM part WHERE row >= ? AND row < ? ORDER BY row").Bind(row).Bind(SqlitePartedWriter.FirstRow(number + 1));
        while (filled < length)
        {
            if (!parts.Read() || parts.Int64(0) != row || !_sum.Is(row, parts.Blob(2), parts.Blob(1)) || parts.BlobLength(2) < skipped)
            {
                throw new DamageFoundException(repair);
            }

            ReadOnlySpan<byte> part = parts.Blob(2)[(int)skipped..];
            part = part[..Math.Min(part.Length, length - filled)];
            part.CopyTo(range.AsSpan(filled));
            filled += part.Length;
            skipped = 0;
            row++;
        }

        return range;
    }
}
