namespace MixMq.Storage.Sqlite;

/// <summary>
/// The way from each older schema to the next. All of it is one transaction with the new version number: after a crash the file is wholly the old one or wholly
/// the new one. A release that opens a store has thereby left the older releases behind, which refuse it; what leads back is a backup made before.
/// </summary>
internal static class SqliteMigrations
{
    /// <summary>Version 1 had no checksums, contents of the inbox in its rows, and no rows for consumers, dead letters and quarantine.</summary>
    private static readonly string From1 = $"""
        ALTER TABLE outbound_conversation RENAME TO old_outbound_conversation;
        ALTER TABLE outbox RENAME TO old_outbox;
        ALTER TABLE outbox_content RENAME TO old_outbox_content;
        ALTER TABLE inbound_conversation RENAME TO old_inbound_conversation;
        ALTER TABLE partial RENAME TO old_partial;
        ALTER TABLE fragment RENAME TO old_fragment;
        ALTER TABLE inbox RENAME TO old_inbox;
        DROP INDEX outbox_status;
        DROP INDEX inbox_unconsumed;
        {SqliteSchema.Tables}
        {SqliteSchema.Counters}
        INSERT INTO outbound_conversation (recipient, conversation, name, secret, first_sequence, next_sequence, sum) SELECT recipient, conversation, name, secret,
            COALESCE((SELECT MIN(sequence) FROM old_outbox o WHERE o.recipient = c.recipient AND o.conversation = c.conversation), next_sequence), next_sequence, x''
            FROM old_outbound_conversation c;
        INSERT INTO outbox SELECT row, o.message_id, recipient, conversation, sequence, envelope, label, COALESCE(length(content), 0), content_sum(COALESCE(content, x'')),
            created, expires, status, settled, 0, x'' FROM old_outbox o LEFT JOIN old_outbox_content c ON c.message_id = o.message_id ORDER BY row;
        INSERT INTO outbox_content SELECT message_id, content FROM old_outbox_content;
        INSERT INTO inbound_conversation (sender, conversation, name, secret, watermark, base, tombstones, sum) SELECT sender, conversation, name, secret, watermark, base, tombstones, x'' FROM old_inbound_conversation;
        INSERT INTO partial SELECT row, sender, conversation, sequence, message_id, envelope, content_length, fragment_count, x'' FROM old_partial;
        INSERT INTO fragment SELECT partial, position, content_sum(content), x'', content FROM old_fragment;
        INSERT INTO inbox SELECT row, i.sender, i.conversation, sequence, i.name, COALESCE(c.secret, x''), message_id, label, created, expires, length(content), content_sum(content),
            tombstone, state, position, received, consumed, 0, 0, x''
            FROM old_inbox i LEFT JOIN old_inbound_conversation c ON c.sender = i.sender AND c.conversation = i.conversation ORDER BY row;
        INSERT INTO inbox_content SELECT row, content FROM old_inbox WHERE consumed = 0 AND tombstone = 0;
        {string.Join('\n', SqliteTable.All.Where(table => table != SqliteTable.Parted && table != SqliteTable.Question && table != SqliteTable.Reply).Select(table => $"UPDATE {table.Name} SET sum = row_sum('{table.Name}', {table.List});"))}
        DROP TABLE old_outbound_conversation;
        DROP TABLE old_outbox;
        DROP TABLE old_outbox_content;
        DROP TABLE old_inbound_conversation;
        DROP TABLE old_partial;
        DROP TABLE old_fragment;
        DROP TABLE old_inbox;
        """;

    /// <summary>Version 3 had no starts of correspondents and no gaps.</summary>
    private static readonly string From3 = $"""
        ALTER TABLE outbound_conversation ADD COLUMN tentative INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE inbound_conversation ADD COLUMN sender_start BLOB NOT NULL DEFAULT x'';
        ALTER TABLE inbound_conversation ADD COLUMN former_first INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE inbound_conversation ADD COLUMN former_last INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE inbound_conversation ADD COLUMN foreign_last INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE gap (
            number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, peer BLOB NOT NULL, conversation BLOB NOT NULL, name TEXT NOT NULL,
            first INTEGER NOT NULL, last INTEGER NOT NULL, noticed INTEGER NOT NULL, sum BLOB NOT NULL);
        CREATE INDEX gap_place ON gap (peer, conversation, kind);
        {ResumWhereSound(SqliteTable.OutboundConversation, "tentative")}
        {ResumWhereSound(SqliteTable.InboundConversation, "sender_start", "former_first", "former_last", "foreign_last")}
        """;

    /// <summary>Version 4 didn't say whose it is, and kept gaps apart however many there were.</summary>
    private static readonly string From4 = $"""
        ALTER TABLE gap ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE owner (row INTEGER PRIMARY KEY, address BLOB NOT NULL, sum BLOB NOT NULL);
        {ResumWhereSound(SqliteTable.Gap, "folded")}
        """;

    /// <summary>Brings a store of an older version to the present one.</summary>
    public static void Run(SqliteDatabase database, long version) => database.InTransaction(() =>
    {
        switch (version)
        {
            case 1: database.Execute(From1); break;
            case 2 or 3: database.Execute(From3); break;
        }

        if (version is >= 2 and <= 4)
        {
            database.Execute(From4);
        }

        if (version <= 2)
        {
            // Version 2 had no contents in parts, and not always these indexes.
            database.Execute($"{SqliteSchema.Parts} DROP INDEX IF EXISTS outbox_status; DROP INDEX IF EXISTS outbox_kept; DROP INDEX IF EXISTS outbox_waiting; {SqliteSchema.OutboxIndexes}");
        }

        if (version <= 5)
        {
            // Before version 6 nobody could reply to an anonymous message.
            database.Execute(SqliteSchema.Anonymous);
        }

        if (version is >= 3 and <= 6)
        {
            // Before version 7 all that wasn't settled was loaded at a start.
            database.Execute($"DROP INDEX IF EXISTS outbox_waiting; {SqliteSchema.WaitingIndex}");
        }

        database.Execute($"PRAGMA user_version={SqliteSchema.Version}");
    });

    /// <summary>A row that is damaged already must not become sound by this.</summary>
    private static string ResumWhereSound(SqliteTable table, params string[] added)
    {
        string before = string.Join(", ", table.Columns.Except(added));
        return $"UPDATE {table.Name} SET sum = row_sum('{table.Name}', {table.List}) WHERE sum = row_sum('{table.Name}', {before});";
    }
}
