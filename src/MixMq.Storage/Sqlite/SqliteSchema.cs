namespace MixMq.Storage.Sqlite;

/// <summary>
/// The tables. Contents have tables of their own, so that dropping one, or marking its row, doesn't rewrite the other; their rows hold length and checksum.
/// Integers are SQLite's signed 64-bit ones; sequences and positions stay below 2^63. What each row's <c>sum</c> covers stands in <see cref="SqliteTable"/>.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>"MMQ1": tells a message store from any other SQLite file.</summary>
    public const int ApplicationId = 0x4D4D5131;

    /// <summary>What this program writes; <see cref="SqliteMigrations"/> knows the way here from the older ones.</summary>
    public const int Version = 7;

    /// <summary>Of each conversation what isn't settled, by expiry, with all that a start needs to know of it: its rows aren't touched then. It came with version 7.</summary>
    public const string WaitingIndex =
        "CREATE INDEX outbox_waiting ON outbox (recipient, conversation, status, expires, sequence, content_length) WHERE status IN (0, 1);";

    /// <summary>By status, and what may be pruned by age.</summary>
    public const string OutboxIndexes = $"""
        {WaitingIndex}
        CREATE INDEX outbox_status ON outbox (status);
        CREATE INDEX outbox_kept ON outbox (settled, content_length) WHERE status = 2 AND content_length > 0;
        """;

    /// <summary>
    /// An outbound conversation has a row in the outbox, or a gap of kind 0, for every sequence from <c>first_sequence</c> to below <c>next_sequence</c>: a row that is missing is known
    /// to be.
    /// </summary>
    public const string Tables = $"""
        CREATE TABLE outbound_conversation (
            recipient BLOB NOT NULL, conversation BLOB NOT NULL, name TEXT NOT NULL, secret BLOB NOT NULL,
            first_sequence INTEGER NOT NULL, next_sequence INTEGER NOT NULL, sum BLOB NOT NULL, tentative INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (recipient, conversation)) WITHOUT ROWID;
        CREATE TABLE outbox (
            row INTEGER PRIMARY KEY, message_id BLOB NOT NULL UNIQUE, recipient BLOB NOT NULL, conversation BLOB NOT NULL,
            sequence INTEGER NOT NULL, envelope BLOB NOT NULL, label TEXT NOT NULL, content_length INTEGER NOT NULL, content_sum BLOB NOT NULL,
            created INTEGER NOT NULL, expires INTEGER NOT NULL, status INTEGER NOT NULL, settled INTEGER NOT NULL, damaged INTEGER NOT NULL, sum BLOB NOT NULL,
            UNIQUE (recipient, conversation, sequence));
        {OutboxIndexes}
        CREATE TABLE outbox_content (message_id BLOB PRIMARY KEY NOT NULL, content BLOB NOT NULL);
        CREATE TABLE inbound_conversation (
            sender BLOB NOT NULL, conversation BLOB NOT NULL, name TEXT NOT NULL, secret BLOB NOT NULL,
            watermark INTEGER NOT NULL, base INTEGER NOT NULL, tombstones BLOB NOT NULL, sum BLOB NOT NULL,
            sender_start BLOB NOT NULL DEFAULT x'', former_first INTEGER NOT NULL DEFAULT 0, former_last INTEGER NOT NULL DEFAULT 0, foreign_last INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (sender, conversation)) WITHOUT ROWID;
        CREATE TABLE partial (
            row INTEGER PRIMARY KEY, sender BLOB NOT NULL, conversation BLOB NOT NULL, sequence INTEGER NOT NULL,
            message_id BLOB NOT NULL, envelope BLOB NOT NULL, content_length INTEGER NOT NULL, fragment_count INTEGER NOT NULL, sum BLOB NOT NULL,
            UNIQUE (sender, conversation, sequence));
        CREATE TABLE fragment (
            partial INTEGER NOT NULL, position INTEGER NOT NULL, content_sum BLOB NOT NULL, sum BLOB NOT NULL, content BLOB NOT NULL,
            PRIMARY KEY (partial, position));
        CREATE TABLE inbox (
            row INTEGER PRIMARY KEY, sender BLOB NOT NULL, conversation BLOB NOT NULL, sequence INTEGER NOT NULL, name TEXT NOT NULL, secret BLOB NOT NULL,
            message_id BLOB NOT NULL, label TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, content_length INTEGER NOT NULL, content_sum BLOB NOT NULL,
            tombstone INTEGER NOT NULL, state INTEGER NOT NULL, position INTEGER, received INTEGER NOT NULL, consumed INTEGER NOT NULL,
            deliveries INTEGER NOT NULL, damaged INTEGER NOT NULL, sum BLOB NOT NULL,
            UNIQUE (sender, conversation, sequence), UNIQUE (position));
        CREATE INDEX inbox_unconsumed ON inbox (state, consumed, position);
        CREATE TABLE inbox_content (row INTEGER PRIMARY KEY, content BLOB NOT NULL);
        CREATE TABLE counter (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL, sum BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE consumer (
            name TEXT PRIMARY KEY NOT NULL, checkpoint BLOB NOT NULL, state_length INTEGER NOT NULL, state_sum BLOB NOT NULL, updated INTEGER NOT NULL, sum BLOB NOT NULL);
        CREATE TABLE consumer_state (name TEXT PRIMARY KEY NOT NULL, content BLOB NOT NULL);
        CREATE TABLE checkpoint (id BLOB PRIMARY KEY NOT NULL, consumer TEXT NOT NULL, created INTEGER NOT NULL, sum BLOB NOT NULL);
        CREATE INDEX checkpoint_created ON checkpoint (created);
        CREATE TABLE dead_letter (
            number INTEGER PRIMARY KEY, position INTEGER NOT NULL UNIQUE, sender BLOB NOT NULL, conversation BLOB NOT NULL, sequence INTEGER NOT NULL, name TEXT NOT NULL,
            message_id BLOB NOT NULL, label TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, received INTEGER NOT NULL,
            content_length INTEGER NOT NULL, content_sum BLOB NOT NULL, cause TEXT NOT NULL, consumer TEXT NOT NULL, deliveries INTEGER NOT NULL, died INTEGER NOT NULL,
            sum BLOB NOT NULL);
        CREATE TABLE dead_letter_content (number INTEGER PRIMARY KEY, content BLOB NOT NULL);
        CREATE TABLE gap (
            number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, peer BLOB NOT NULL, conversation BLOB NOT NULL, name TEXT NOT NULL,
            first INTEGER NOT NULL, last INTEGER NOT NULL, noticed INTEGER NOT NULL, sum BLOB NOT NULL, folded INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX gap_place ON gap (peer, conversation, kind);
        CREATE TABLE owner (row INTEGER PRIMARY KEY, address BLOB NOT NULL, sum BLOB NOT NULL);
        CREATE TABLE quarantine (
            number INTEGER PRIMARY KEY, source TEXT NOT NULL, cause INTEGER NOT NULL, noticed INTEGER NOT NULL, fields BLOB NOT NULL, sum BLOB NOT NULL, content BLOB NOT NULL);
        """;

    /// <summary>
    /// Contents in parts: whose each is, and its parts. Not part of the tables above: they came with version 3. An owner is an id or another table's row; a part's row is the content's
    /// number and the part's position (<see cref="SqlitePartedWriter.PositionBits"/>), so that one tree holds them in order, without an index beside it.
    /// </summary>
    public const string Parts = """
        CREATE TABLE parted (
            number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, owner NOT NULL, length INTEGER NOT NULL, first_bytes INTEGER NOT NULL, part_bytes INTEGER NOT NULL, sum BLOB NOT NULL,
            UNIQUE (kind, owner));
        CREATE TABLE part (row INTEGER PRIMARY KEY, sum BLOB NOT NULL, content BLOB NOT NULL);
        """;

    /// <summary>
    /// Replies to anonymous messages, at both ends: they came with version 6. Who received a message finds it by its id, for as long as its row is kept; the index holds rows without a sender alone.
    /// </summary>
    public const string Anonymous = """
        CREATE INDEX inbox_anonymous ON inbox (message_id) WHERE sender = x'0000000000000000000000000000000000000000000000000000000000000000';
        CREATE TABLE question (
            id BLOB PRIMARY KEY NOT NULL, recipient BLOB NOT NULL, secret BLOB NOT NULL, until INTEGER NOT NULL, status INTEGER NOT NULL, settled INTEGER NOT NULL, sum BLOB NOT NULL);
        CREATE INDEX question_status ON question (status, settled);
        CREATE TABLE reply (
            question BLOB PRIMARY KEY NOT NULL, id BLOB NOT NULL UNIQUE, until INTEGER NOT NULL, status INTEGER NOT NULL, label TEXT NOT NULL, content_length INTEGER NOT NULL,
            content_sum BLOB NOT NULL, created INTEGER NOT NULL, settled INTEGER NOT NULL, sum BLOB NOT NULL);
        CREATE INDEX reply_status ON reply (status, until);
        CREATE TABLE reply_content (question BLOB PRIMARY KEY NOT NULL, content BLOB NOT NULL);
        """;

    /// <summary>The counters of an empty store.</summary>
    public const string Counters = """
        INSERT INTO counter SELECT column1, column2, row_sum('counter', column1, column2)
            FROM (VALUES ('pruned_acknowledged', 0), ('pruned_expired', 0), ('pruned_consumed', 0));
        """;
}
