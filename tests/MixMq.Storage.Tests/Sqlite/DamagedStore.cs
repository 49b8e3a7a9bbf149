using System.Buffers.Binary;
using System.Text;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A store with rows in every table, and what flips a bit in it.</summary>
internal static class DamagedStore
{
    /// <summary>Whose it is.</summary>
    public static readonly NodeAddress Own = Address(2);

    /// <summary>Outbox: 1 and 4 pending, 2 expiring, 3 acknowledged, 5 pending. Inbox: positions 1 to 4, the first consumed, the third a tombstone, the fourth a dead letter; place 5 held; place 6 a partial, place 7 one in parts.</summary>
    public static void Fill(string file)
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(file, new SqliteStoreOptions { Own = Own });
        store.Commit([
            OpenOutbound(), .. Enumerable.Range(1, 5).Select(number => WithEnvelope(AppendOutbox(number, (ulong)number, 40))),
            new StoreOperation.ReplaceWithTombstone(Id(2), EnvelopeOf(2)), new StoreOperation.SettleOutbox(Id(3), OutboxStatus.Acknowledged, 9),
            Inbound(3, 1, 3), Ready(1, 1, 30), Ready(2, 2, 30), new StoreOperation.AppendInbox(Entry(3, Place(3), 0, 3, tombstone: true)), Held(5, 30),
            new StoreOperation.ConsumeInbox(1), OpenPartial(6, 3), Fragment(6, 0, 1, 2), Fragment(6, 1, 3, 4),
            OpenParted(7, 3), Piece(7, 0), Piece(7, 1)]);
        store.Commit([
            Inbound(4, 1, 3), Ready(4, 4, 30), new StoreOperation.MoveToDeadLetters(4, "consumer 0", "never", 8),
            new StoreOperation.RecordGap(new Gap(GapKind.Received, Peer, Conversation, "orders", 9, 11, 12)),
            new StoreOperation.Checkpoint(CheckpointId(1), "consumer 0", Bytes(1, 90), 7),
            new StoreOperation.OpenQuestion(new StoredQuestion(Id(3), Peer, Bytes(3, AnonymousConstants.SecretBytes), 99)), new StoreOperation.OpenReply(Id(8), 99),
            new StoreOperation.AppendReply(new StoredReply(Id(8), "label", 20, 7, 99), Bytes(8, 20))]);
        store.Connection.Execute("""
            INSERT INTO quarantine SELECT column1, column2, column3, column4, column5, row_sum('quarantine', column1, column2, column3, column4, column5), x'AA'
                FROM (VALUES (1, 'partial', 1, 2, x'7B7D'))
            """);
    }

    /// <summary>With the trees of pages looked at when the store is opened, as those of a small store are, or without, as a large one's.</summary>
    public static SqliteMessageStore Open(string file, bool isChecked) =>
        SqliteMessageStore.Open(file, new SqliteStoreOptions { MostBytesCheckedAtStart = isChecked ? long.MaxValue : 0 });

    public static string Text(string file)
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(file);
        return Text(store);
    }

    public static string Text(SqliteMessageStore store) =>
        StoreText.Of(store, Enumerable.Range(1, 5).Select(Id), Enumerable.Range(1, 7).Select(number => Place((ulong)number)));

    public static int Rows(string file, string table)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, readOnly: true);
        return (int)database.Scalar($"SELECT COUNT(*) FROM {table}");
    }

    /// <summary>As if the bit had always been so: the column has another value, its checksum the old one.</summary>
    public static void Flip(string file, string table, string column, int row)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, readOnly: false);
        string key = table is "outbound_conversation" or "inbound_conversation" or "counter" ? "sum" : "rowid";
        string value;
        using (SqliteStatement query = database.Prepare($"SELECT {column} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row}"))
        {
            Assert.True(query.Read());
            value = query.Type(0) switch
            {
                SQLitePCL.raw.SQLITE_INTEGER => $"{query.Int64(0) ^ 64}",
                SQLitePCL.raw.SQLITE_TEXT => $"CAST(x'{Convert.ToHexString(Flipped(query.Blob(0)))}' AS TEXT)",
                SQLitePCL.raw.SQLITE_BLOB => $"x'{Convert.ToHexString(Flipped(query.Blob(0)))}'",
                _ => "64",
            };
        }

        database.Execute($"UPDATE {table} SET {column} = {value} WHERE {key} = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row})");
    }

    /// <summary>Each line is one that was there before, or says that something is damaged, missing or counted.</summary>
    public static void AssertNothingMadeUp(string whole, string text)
    {
        HashSet<string> known = [.. whole.Split('\n')];
        foreach (string line in text.Split('\n').Where(line => line.StartsWith("unconsumed ", StringComparison.Ordinal) || line.StartsWith("message ", StringComparison.Ordinal)))
        {
            Assert.True(
                known.Contains(line) || line.Contains("damaged", StringComparison.OrdinalIgnoreCase) || line.EndsWith("content none", StringComparison.Ordinal),
                line);
        }
    }

    private static byte[] Flipped(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return [1];
        }

        byte[] copy = bytes.ToArray();
        copy[copy.Length / 2] ^= 16;
        return copy;
    }

    private static StoreOperation.AppendOutbox WithEnvelope(StoreOperation.AppendOutbox append) =>
        append with { Entry = append.Entry with { Envelope = EnvelopeOf((int)append.Entry.Sequence) } };

    /// <summary>A message's envelope, without a signature, byte for byte as spec/07 §6 lays it out: this project doesn't see the type that writes them.</summary>
    private static byte[] EnvelopeOf(int number) => EnvelopeOf(Id(number), "orders", number);

    /// <summary>The same of a conversation with another name.</summary>
    public static byte[] EnvelopeOf(MessageId id, string name, int number)
    {
        var bytes = new byte[193 + 2 + name.Length + 64];
        bytes[0] = 1;
        Own.CopyTo(bytes.AsSpan(1));
        Peer.CopyTo(bytes.AsSpan(33));
        id.CopyTo(bytes.AsSpan(65));
        ConversationId.OfName(name).CopyTo(bytes.AsSpan(81));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(97), (ulong)number);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(105), (ulong)(1_000 + number));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(113), (ulong)(2_000 + number));
        Secret(7).CopyTo(bytes.AsSpan(121));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(153), 40);
        bytes[194] = (byte)name.Length;
        Encoding.UTF8.GetBytes(name, bytes.AsSpan(195));
        return bytes;
    }
}
