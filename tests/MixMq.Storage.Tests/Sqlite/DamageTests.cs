using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>What the disk has damaged is found, kept in quarantine, never given out, and no number is given twice for it.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public static TheoryData<string, string, bool> Columns
    {
        get
        {
            var columns = new TheoryData<string, string, bool>();
            foreach (SqliteTable table in SqliteTable.All)
            {
                foreach (string column in table.Columns.Append("sum"))
                {
                    Add(table.Name, column);
                }
            }

            foreach (string table in (string[])["outbox_content", "inbox_content", "fragment", "dead_letter_content", "consumer_state", "part"])
            {
                Add(table, "content");
            }

            Add("part", "row");
            Add("part", "sum");
            return columns;

            void Add(string table, string column)
            {
                columns.Add(table, column, true);
                columns.Add(table, column, false);
            }
        }
    }

    private string Database => _folder.File("messages.db");

    [Theory, MemberData(nameof(Columns))]
    public void A_flipped_bit_in_any_column_is_found_and_its_row_kept_in_quarantine(string table, string column, bool isChecked)
    {
        DamagedStore.Fill(Database);
        string whole = DamagedStore.Text(Database);
        int rows = DamagedStore.Rows(Database, table);
        Assert.True(rows > 0, $"There is no row in {table}.");
        for (int row = 0; row < rows; row++)
        {
            string copy = _folder.File($"copy-{row}.db");
            File.Copy(Database, copy);
            DamagedStore.Flip(copy, table, column, row);
            using (SqliteMessageStore store = DamagedStore.Open(copy, isChecked))
            {
                if (table == "inbox_content")
                {
                    // The content of what is held isn't looked at before it is given out.
                    store.Commit([new StoreOperation.ReleaseInbox(Place(5), 5)]);
                }

                string text = DamagedStore.Text(store);
                Assert.Contains(store.ReadQuarantine(0, 10), found => found.Source == table);
                if (table != "inbox_content")
                {
                    DamagedStore.AssertNothingMadeUp(whole, text);
                }

                AssertGoesOn(store);
            }

            // What was put in order once stays so.
            using SqliteMessageStore again = DamagedStore.Open(copy, isChecked);
            long quarantined = again.Count().Quarantined;
            DamagedStore.Text(again);
            Assert.Equal(quarantined, again.Count().Quarantined);
        }
    }

    /// <summary>At any place of the file: it is refused, or the damage is said, or nothing of what is in it has changed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flipped_bit_anywhere_in_the_file_never_goes_unnoticed_into_what_is_read(bool isChecked)
    {
        DamagedStore.Fill(Database);
        string whole = DamagedStore.Text(Database);
        byte[] bytes = File.ReadAllBytes(Database);
        var random = new Random(2026);
        int refused = 0;
        int said = 0;
        int[] written = [.. Enumerable.Range(100, bytes.Length - 100).Where(offset => bytes[offset] != 0)];
        for (int run = 0; run < 250; run++)
        {
            byte[] flipped = [.. bytes];
            flipped[written[random.Next(written.Length)]] ^= (byte)(1 << random.Next(8));
            string copy = _folder.File("copy.db");
            File.WriteAllBytes(copy, flipped);
            try
            {
                using SqliteMessageStore store = DamagedStore.Open(copy, isChecked);
                using (SqliteScrub scrub = store.BeginScrub())
                {
                    // What hides in an index is found while the node runs, where it wasn't looked for at the start.
                    while (!isChecked && store.LookOn(scrub))
                    {
                    }
                }

                string text = DamagedStore.Text(store);
                bool isSaid = store.Count().Quarantined != 1;
                said += isSaid ? 1 : 0;
                if (!isSaid)
                {
                    Assert.Equal(whole, text);
                }
            }
            catch (MessageStoreException failure)
            {
                Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
                refused++;
            }

            foreach (string file in Directory.GetFiles(_folder.Path, "copy.db*"))
            {
                File.Delete(file);
            }
        }

        Assert.True(refused > 5 && said > 20, $"{refused} refused, {said} said.");
    }

    [Fact]
    [Trait("Spec", "MSG-31")]
    public void A_lost_message_has_its_place_taken_by_a_tombstone_and_says_that_it_was_damaged()
    {
        DamagedStore.Fill(Database);
        DamagedStore.Flip(Database, "outbox", "envelope", 0);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        OutboxEntry entry = store.Load().Outbox.Single(row => row.Damaged);
        Assert.Equal((Id(1), 1ul, false), (entry.Id, entry.Sequence, entry.Tombstone));
        Assert.Null(store.ReadOutboxContent(Id(1)));
        Assert.True(store.Track(Id(1))!.Damaged);

        store.Commit([new StoreOperation.ReplaceWithTombstone(Id(1), Bytes(1, 90)), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Expired, 77)]);
        Assert.Equal((OutboxStatus.Expired, true), (store.Track(Id(1))!.Status, store.Track(Id(1))!.Damaged));
    }

    [Fact]
    [Trait("Spec", "MSG-32")]
    public void A_damaged_entry_of_the_inbox_is_shown_as_damaged_and_can_be_consumed()
    {
        DamagedStore.Fill(Database);
        DamagedStore.Flip(Database, "inbox_content", "content", 0);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        InboxItem item = store.ReadInbox(0, 1, 1000).Single();
        Assert.True(item is { Damaged: true, Consumed: false, Entry.Content.IsEmpty: true, Entry.Position: 2 });
        Assert.Equal(DamageCause.ContentChecksum, store.ReadQuarantine(1, 10).Single().Cause);
        store.Commit([new StoreOperation.ConsumeInbox(2)]);
        Assert.DoesNotContain(store.ReadInbox(0, 10, 1000), other => other.Entry.Position == 2);
    }

    [Fact]
    [Trait("Spec", "MSG-31")]
    public void A_conversation_whose_messages_are_all_damaged_too_is_refused()
    {
        DamagedStore.Fill(Database);
        DamagedStore.Flip(Database, "outbound_conversation", "secret", 0);
        for (int row = 0; row < DamagedStore.Rows(Database, "outbox"); row++)
        {
            DamagedStore.Flip(Database, "outbox", "label", row);
        }

        Assert.Contains("Restore a backup", Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database)).Message, StringComparison.Ordinal);
    }

    // The last row of a conversation is another's, which has gone behind it with the other's secret in its envelope.
    [Theory]
    [Trait("Spec", "MSG-130")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_conversation_behind_which_another_has_gone_is_put_together_with_its_own_secret(bool isSettled)
    {
        var newer = Address(9);
        byte[] own = DamagedStore.EnvelopeOf(Id(1), "orders", 1);
        byte[] others = DamagedStore.EnvelopeOf(Id(2), "orders", 1);
        newer.CopyTo(others.AsSpan(33));
        Bytes(77, 32).CopyTo(others.AsSpan(121));
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database, new SqliteStoreOptions { Own = DamagedStore.Own }))
        {
            StoreOperation.AppendOutbox first = AppendOutbox(1, 1), second = AppendOutbox(2, 1);
            store.Commit([
                OpenOutbound(), first with { Entry = first.Entry with { Envelope = own } },
                OpenOutbound() with { Recipient = newer, Secret = ConversationSecret.FromBytes(Bytes(77, 32)) }, second with { Entry = second.Entry with { Recipient = newer, Envelope = others } }]);
            store.Commit([
                .. isSettled ? (StoreOperation[])[new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 9)] : [],
                new StoreOperation.JoinOutbox(new Gap(GapKind.Sent, newer, Conversation, "orders", 1, 1, 2), Peer, 2)]);
        }

        DamagedStore.Flip(Database, "outbound_conversation", "name", 0);
        using SqliteMessageStore opened = SqliteMessageStore.Open(Database);
        OutboundConversationState row = Assert.Single(opened.Load().OutboundConversations);
        Assert.Equal((Peer, 3ul), (row.Recipient, row.NextSequence));
        Assert.Equal(own[121..153], row.Secret.ToArray());
        Assert.Equal("outbound_conversation", opened.ReadQuarantine(0, 9).Single().Source);
    }

    [Fact]
    public void Damage_that_comes_while_the_store_is_open_is_met_by_the_next_commit()
    {
        DamagedStore.Fill(Database);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        DamagedStore.Flip(Database, "outbox", "label", 0);
        store.Commit([new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 99)]);
        Assert.Equal((OutboxStatus.Acknowledged, true), (store.Track(Id(1))!.Status, store.Track(Id(1))!.Damaged));
        Assert.Equal("outbox", store.ReadQuarantine(1, 1).Single().Source);
    }

    /// <summary>A partial of 20 fragments has 0 to 9 and 12; a content of the outbox is beside it. Each key becomes each other one that breaks no order.</summary>
    [Theory]
    [InlineData(9, 11, true)]
    [InlineData(9, 11, false)]
    [InlineData(12, 10, true)]
    [InlineData(12, 10, false)]
    [InlineData(12, 18, true)]
    [InlineData(12, 18, false)]
    [InlineData(12, 20, true)]
    [InlineData(12, 20, false)]
    [InlineData(12, (1 << 24) + 1, true)]
    [InlineData(12, (1 << 24) + 1, false)]
    [InlineData(12, 1L << 40, true)]
    [InlineData(12, 1L << 40, false)]
    [InlineData(0, -1, true)]
    [InlineData(0, -1, false)]
    [InlineData(0, -1L << 50, true)]
    [InlineData(0, -1L << 50, false)]
    public void A_part_under_another_key_is_quarantined_and_its_place_is_free_again(int position, long other, bool isChecked)
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([Inbound(), OpenParted(7, 20), .. Enumerable.Range(0, 10).Append(12).Select(index => Piece(7, index))]);
            long first = store.Connection.Scalar("SELECT number FROM parted") << 24;
            store.Connection.Execute($"UPDATE part SET row = {first + other} WHERE row = {first + position}");
        }

        using SqliteMessageStore again = DamagedStore.Open(Database, isChecked);
        Assert.Equal("part", Assert.Single(again.ReadQuarantine(0, 10)).Source);
        var partial = Assert.Single(again.Load().Partials);
        Assert.Equal(Enumerable.Range(0, 10).Append(12).Where(index => index != position), Enumerable.Range(0, partial.Leading).Union(partial.Fragments).Order());
        again.Commit([Piece(7, position)]);
        again.Commit([.. Enumerable.Range(10, 10).Append(position).Except([12, position]).Select(index => Piece(7, index))]);
        Assert.NotNull(again.ReadPartialPart(Place(7), 0, 30 + (18 * 100)));
        Assert.Equal(1, again.Count().Quarantined);
    }

    [Fact]
    public void Parts_whose_content_is_nobody_s_any_more_are_kept_and_in_no_new_content_s_way()
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([Inbound(), OpenParted(7, 20), .. Enumerable.Range(0, 5).Select(index => Piece(7, index))]);
        }

        DamagedStore.Flip(Database, "parted", "length", 0);
        using SqliteMessageStore again = SqliteMessageStore.Open(Database);
        Assert.Equal(["parted", "part"], again.ReadQuarantine(0, 10).Select(row => row.Source));
        Assert.Equal(4, again.Connection.Scalar("SELECT COUNT(*) FROM part"));
        again.Commit([OpenParted(8, 20), Piece(8, 0)]);
        Assert.Equal(Place(8), Assert.Single(again.Load().Partials).Place);
    }

    /// <summary>What goes along the keys finds one that a search for it doesn't find: two keys of ten are so that the way to the second leads past it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parts_that_are_out_of_order_are_refused_and_not_looked_for_without_end(bool isChecked)
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([Inbound(), OpenParted(7, 20), .. Enumerable.Range(0, 10).Select(index => Piece(7, index))]);
        }

        byte[] bytes = File.ReadAllBytes(Database);
        SetPosition(bytes, 4, 30);
        SetPosition(bytes, 2, 40);
        File.WriteAllBytes(Database, bytes);
        Assert.Contains("Restore a backup", Assert.Throws<MessageStoreException>(() => DamagedStore.Open(Database, isChecked)).Message, StringComparison.OrdinalIgnoreCase);

        // A row's number as SQLite writes it, seven bits a byte; this content's number is 1.
        static void SetPosition(Span<byte> file, byte position, byte other)
        {
            int at = file.IndexOf((ReadOnlySpan<byte>)[0x88, 0x80, 0x80, position]);
            Assert.True(at > 0 && file[(at + 4)..].IndexOf((ReadOnlySpan<byte>)[0x88, 0x80, 0x80, position]) < 0, "The row isn't found, or not alone.");
            file[at + 3] = other;
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Numbers go on after the greatest ever given.</summary>
    private static void AssertGoesOn(SqliteMessageStore store)
    {
        EndpointState state = store.Load();
        Assert.Equal(6ul, Assert.Single(state.OutboundConversations).NextSequence);
        Assert.All(state.InboundConversations.Where(row => row.Conversation == Conversation), row => Assert.True(row.Watermark >= 4));
        store.Commit([AppendOutbox(60, 6), Inbound(10), Ready(10, state.LastInboxPosition + 2)]);
        Assert.Equal(Bytes(60, 5), store.ReadOutboxContent(Id(60))!.Value.ToArray());
    }
}
