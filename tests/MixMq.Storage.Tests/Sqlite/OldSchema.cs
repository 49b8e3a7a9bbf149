using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A store as the first release wrote it, made by that release's own statements.</summary>
internal static class OldSchema
{
    private const string Version1 = """
        CREATE TABLE outbound_conversation (
            recipient BLOB NOT NULL, conversation BLOB NOT NULL, name TEXT NOT NULL, secret BLOB NOT NULL, next_sequence INTEGER NOT NULL,
            PRIMARY KEY (recipient, conversation)) WITHOUT ROWID;
        CREATE TABLE outbox (
            row INTEGER PRIMARY KEY, message_id BLOB NOT NULL UNIQUE, recipient BLOB NOT NULL, conversation BLOB NOT NULL,
            sequence INTEGER NOT NULL, envelope BLOB NOT NULL, label TEXT NOT NULL, content_length INTEGER NOT NULL,
            created INTEGER NOT NULL, expires INTEGER NOT NULL, status INTEGER NOT NULL, settled INTEGER NOT NULL,
            UNIQUE (recipient, conversation, sequence));
        CREATE INDEX outbox_status ON outbox (status);
        CREATE TABLE outbox_content (message_id BLOB PRIMARY KEY NOT NULL, content BLOB NOT NULL);
        CREATE TABLE inbound_conversation (
            sender BLOB NOT NULL, conversation BLOB NOT NULL, name TEXT NOT NULL, secret BLOB NOT NULL,
            watermark INTEGER NOT NULL, base INTEGER NOT NULL, tombstones BLOB NOT NULL,
            PRIMARY KEY (sender, conversation)) WITHOUT ROWID;
        CREATE TABLE partial (
            row INTEGER PRIMARY KEY, sender BLOB NOT NULL, conversation BLOB NOT NULL, sequence INTEGER NOT NULL,
            message_id BLOB NOT NULL, envelope BLOB NOT NULL, content_length INTEGER NOT NULL, fragment_count INTEGER NOT NULL,
            UNIQUE (sender, conversation, sequence));
        CREATE TABLE fragment (partial INTEGER NOT NULL, position INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (partial, position));
        CREATE TABLE inbox (
            row INTEGER PRIMARY KEY, sender BLOB NOT NULL, conversation BLOB NOT NULL, sequence INTEGER NOT NULL, name TEXT NOT NULL,
            message_id BLOB NOT NULL, label TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, content BLOB NOT NULL,
            tombstone INTEGER NOT NULL, state INTEGER NOT NULL, position INTEGER, received INTEGER NOT NULL, consumed INTEGER NOT NULL,
            UNIQUE (sender, conversation, sequence), UNIQUE (position));
        CREATE INDEX inbox_unconsumed ON inbox (state, consumed, position);
        """;

    /// <summary>
    /// Outbox: 1 pending, 2 expiring, 3 acknowledged, 4 expired. Inbox: places 1 and 2 at positions 1 and 2, the first consumed, the second a tombstone; place 4 held.
    /// Place 6: a partial with fragments 0 and 2 of 3.
    /// </summary>
    public static void Write(string file)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, readOnly: false);
        database.ScalarText("PRAGMA journal_mode=WAL");
        string peer = Hex(Peer.ToArray());
        string conversation = Hex(Conversation.ToArray());
        string place = $"{peer}, {conversation}";
        database.Execute($"""
            BEGIN;
            {Version1}
            PRAGMA application_id={SqliteSchema.ApplicationId};
            PRAGMA user_version=1;
            INSERT INTO outbound_conversation VALUES ({place}, 'orders', {Hex(Secret(7).ToArray())}, 5);
            INSERT INTO outbox VALUES (1, {Id(1, 16)}, {place}, 1, {Id(1, 300)}, 'invoice', 5, 1001, 2001, 0, 0);
            INSERT INTO outbox VALUES (2, {Id(2, 16)}, {place}, 2, {Id(2, 80)}, '', 0, 1002, 2002, 1, 0);
            INSERT INTO outbox VALUES (3, {Id(3, 16)}, {place}, 3, x'', 'a', 3, 1003, 2003, 2, 3003);
            INSERT INTO outbox VALUES (4, {Id(4, 16)}, {place}, 4, x'', 'b', 0, 1004, 2004, 3, 3004);
            INSERT INTO outbox_content VALUES ({Id(1, 16)}, {Id(1, 5)});
            INSERT INTO inbound_conversation VALUES ({place}, 'orders', {Hex(Secret(8).ToArray())}, 2, 1, x'0200000000000000');
            INSERT INTO inbox VALUES (1, {place}, 1, 'orders', {Id(1, 16)}, 'l', 1, 2, x'', 0, 1, 1, 3, 1);
            INSERT INTO inbox VALUES (2, {place}, 2, 'orders', {Id(2, 16)}, 'l', 1, 2, x'', 1, 1, 2, 3, 0);
            INSERT INTO inbox VALUES (3, {place}, 4, 'orders', {Id(4, 16)}, 'l', 1, 2, x'AABB', 0, 0, NULL, 3, 0);
            INSERT INTO partial VALUES (9, {place}, 6, {Id(6, 16)}, {Id(6, 200)}, 10, 3);
            INSERT INTO fragment VALUES (9, 0, x'0102');
            INSERT INTO fragment VALUES (9, 2, x'05');
            COMMIT;
            """);
    }

    private static string Id(int number, int length) => Hex(Bytes(number, length));

    private static string Hex(byte[] bytes) => $"x'{Convert.ToHexString(bytes)}'";
}
