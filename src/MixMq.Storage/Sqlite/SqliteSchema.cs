namespace MixMq.Storage.Sqlite;

/// <summary>
/// The tables. Contents of outgoing messages have a table of their own, so that dropping one doesn't rewrite the row that tracking reads.
/// Integers are SQLite's signed 64-bit ones; sequences and positions stay below 2^63.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>"MMQ1": tells a message store from any other SQLite file.</summary>
    public const int ApplicationId = 0x4D4D5131;

    public const int Version = 1;

    public const string Create = """
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
}
