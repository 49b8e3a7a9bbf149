using System.Collections.Immutable;
using System.Security.Cryptography;
using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Tests;

/// <summary>What a disk keeps, loses, refuses and damages, and what becomes of the promise to applications.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 8);
    private readonly Ledger _ledger;
    private readonly SimNode _one;
    private readonly SimNode _other;

    public DiskTests()
    {
        _ledger = _world.Observe(new Ledger());
        SimNode[] floats = [.. Enumerable.Range(0, 4).Select(i => _world.AddNode($"float-{i}"))];
        for (var i = 0; i < floats.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                World.Peer(floats[i], floats[j]);
            }
        }

        _one = _world.AddEndpoint("one");
        _other = _world.AddEndpoint("other");
        World.Peer(_one, floats[0]);
        World.Peer(_other, floats[1]);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => _one.View.Nodes.Length == 6 && _other.View.Nodes.Length == 6, 30, 0.1));
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_crash_keeps_a_prefix_of_what_was_under_way_and_what_was_accepted_arrives()
    {
        var commits = _world.Observe(new Commits());
        for (var i = 0; i < 40; i++)
        {
            Submit(i);
            _world.RunFor(0.03);
            if (i % 4 == 3)
            {
                // In the middle of a commit: of its own submission, or of what it receives.
                var node = i % 8 == 3 ? _one : _other;
                Submit(100 + i);
                Assert.True(_world.RunUntil(() => commits.UnderWay.Contains(node), 30));
                node.CrashAndRestart(0.5);
            }

            Assert.True(_world.RunUntil(() => _one.IsRunning, 1, 0.01));
        }

        Settle(20, 300);
        Assert.True(_world.Marks[Mark.CrashWithCommitUnderWay] > 0);
        Assert.All(_ledger.Accepted.Values, sent => Assert.True(sent.Read >= 1));
        AssertInOrderAndWhole();
    }

    [Fact]
    public void A_disk_that_lies_loses_what_it_called_durable_when_the_process_crashes()
    {
        _one.Disk.BeginLying();
        Submit(1);
        _world.RunFor(1);
        Assert.Single(_ledger.Accepted);
        Assert.Single(_one.Disk.Store.Outbox);
        _one.Crash();
        Assert.Empty(_one.Disk.Store.Outbox);
        Assert.True(_one.Start());
    }

    [Fact]
    public void A_node_whose_disk_is_full_stops_in_order_and_goes_on_once_there_is_room()
    {
        Submit(1);
        Settle(1, 30);
        _one.Disk.IsFull = true;
        Submit(2);
        Assert.True(_world.RunUntil(() => !_one.IsRunning, 5, 0.01));
        Assert.Single(_ledger.Accepted);
        Assert.Single(_one.Disk.Store.Outbox);
        Assert.True(_world.Marks[Mark.StoreFull] > 0 && _world.Marks[Mark.StoppedInOrder] > 0);
        _one.Disk.IsFull = false;
        Assert.True(_one.Start());
        _world.RunFor(5);
        Submit(3);
        Settle(2, 60);
        AssertInOrderAndWhole();
    }

    [Fact]
    public void A_sequence_that_cannot_be_stored_is_not_used_until_there_is_room()
    {
        var float0 = _world.Nodes[0];
        float0.Crash();
        var before = float0.Disk.Sequence;
        float0.Disk.IsFull = true;
        _ = float0.Start();
        _world.RunFor(10);
        Assert.Equal(before, float0.Disk.Sequence);
        Assert.True(_world.Marks[Mark.SequenceNotStored] > 0);
        float0.Disk.IsFull = false;
        _world.RunFor(5);
        Assert.True(float0.Disk.Sequence > before);
    }

    [Fact]
    public void A_backup_is_of_its_moment_whatever_happens_afterwards()
    {
        Submit(1);
        Settle(1, 30);
        var backup = _other.Disk.Backup();
        Submit(2);
        Settle(2, 30);
        Assert.Single(backup.Store.Inbox);
        _other.Crash();
        _other.Disk.Restore(backup);
        Assert.Single(_other.Disk.Store.Inbox);
        Assert.Equal(backup.Sequence, _other.Disk.Sequence);
    }

    [Fact]
    public void What_does_not_find_what_it_names_is_refused_by_the_store()
    {
        var store = new MemoryStore();
        Assert.ThrowsAny<Exception>(() => store.Apply([new StoreOperation.SettleOutbox(MessageId.FromBytes(new byte[16]), OutboxStatus.Acknowledged, 0)]));
        Assert.ThrowsAny<Exception>(() => store.Apply([new StoreOperation.DropPartial(new Place(_one.Address, ConversationId.OfName("c"), 1))]));
    }

    [Theory]
    [InlineData(FlipTarget.OutboxContent)]
    [InlineData(FlipTarget.OutboxEnvelope)]
    public void A_flipped_bit_at_the_sender_never_becomes_a_wrong_message(FlipTarget target)
    {
        _world.Network.Isolate(_one);
        Submit(1);
        Assert.True(_world.RunUntil(() => _ledger.Accepted.Count == 1, 2, 0.01));
        _one.Crash();
        Assert.NotNull(_one.Disk.TryFlip(target, _world.Random));
        Assert.True(_one.Start());
        _world.Network.Heal();
        _world.RunFor(120);
        AssertInOrderAndWhole();
    }

    [Fact]
    public void A_flipped_bit_in_a_gathered_fragment_never_becomes_a_wrong_message()
    {
        _world.Network.Line(_one, _world.Nodes[0]).BytesPerSecond = 8_000;
        Submit(30_000);
        Assert.True(_world.RunUntil(() => _other.Disk.Store.PartialBytes > 8_000, 60, 0.05));
        _other.Crash();
        Assert.NotNull(_other.Disk.TryFlip(FlipTarget.FragmentContent, _world.Random));
        Assert.True(_other.Start());
        _world.Network.Line(_one, _world.Nodes[0]).BytesPerSecond = 0;
        _world.RunFor(300);
        AssertInOrderAndWhole();
    }

    /// <summary>
    /// The last fragment completes a content that doesn't match its hash: the recipient drops all of it, and the sender, which was told that most of it is
    /// there, must come to doubt that.
    /// </summary>
    [Fact]
    public void A_message_that_was_damaged_while_it_was_gathered_is_sent_once_more()
    {
        _world.Network.Line(_one, _world.Nodes[0]).BytesPerSecond = 8_000;
        Submit(30_000);
        Assert.True(_world.RunUntil(() => _other.Disk.Store.PartialBytes > 8_000, 60, 0.05));
        _other.Crash();
        Assert.NotNull(_other.Disk.TryFlip(FlipTarget.FragmentContent, _world.Random));
        Assert.True(_other.Start());
        _world.Network.Line(_one, _world.Nodes[0]).BytesPerSecond = 0;
        Settle(1, 900);
        AssertInOrderAndWhole();
    }

    private void Settle(int atLeast, double seconds) => Assert.True(_world.RunUntil(
        () => _ledger.Accepted.Count >= atLeast && _ledger.Open == 0 && _ledger.Accepted.Values.All(sent => sent.Read > 0), seconds, 0.1));

    private void Submit(int bytes)
    {
        var content = new byte[bytes];
        _world.Random.Fill(content);
        _ = _one.Endpoint!.Submit(_other, content, "c");
    }

    /// <summary>What applications found: only what was submitted, whole, ascending in its conversation but for repetitions after a crash.</summary>
    private void AssertInOrderAndWhole()
    {
        var seen = new HashSet<MessageId>();
        ulong last = 0;
        foreach (var found in _ledger.Read.Where(found => seen.Add(found.Entry.Id)))
        {
            Assert.True(found.Entry.Place.Sequence > last);
            last = found.Entry.Place.Sequence;
            if (_ledger.Accepted.TryGetValue(found.Entry.Id, out var sent) && !found.Entry.Tombstone)
            {
                Assert.Equal(SHA256.HashData(sent.Request.Content.Span), SHA256.HashData(found.Entry.Content.Span));
            }
        }
    }

    private sealed class Commits : WorldObserver
    {
        public HashSet<SimNode> UnderWay { get; } = [];

        public override void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations) => UnderWay.Add(node);

        public override void CommitDurable(SimNode node, long batch, ImmutableArray<StoreOperation> operations) => UnderWay.Remove(node);

        public override void CommitLost(SimNode node, long batch, ImmutableArray<StoreOperation> operations) => UnderWay.Remove(node);
    }
}
