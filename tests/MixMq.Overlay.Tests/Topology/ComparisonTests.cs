using System.Collections.Immutable;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Topology;

public sealed class ComparisonTests
{
    private static readonly NodeAddress End = NodeAddress.FromBytes(Enumerable.Repeat((byte)0xff, 32).ToArray());

    private static long NowMillis => ScriptedPeer.StartUnixMillis + 1000;

    [Fact]
    [Trait("Spec", "TOP-27")]
    public void On_a_new_link_with_another_digest_the_lower_address_asks_at_once_and_the_higher_after_three()
    {
        var peer = new ScriptedPeer();
        var (lower, higher) = Around(peer);
        peer.Connect(lower);
        peer.Connect(higher);
        peer.Hello(lower);
        peer.Hello(higher);
        Assert.Equal([higher], peer.Questions.Select(question => question.To));
        peer.Run(1);
        peer.Hello(lower);
        peer.Run(1);
        peer.Hello(lower);
        Assert.Equal([higher, lower], peer.Questions.Select(question => question.To));
    }

    [Fact]
    [Trait("Spec", "TOP-27")]
    public void Equal_digests_cost_nothing_and_differing_ones_no_more_than_a_question_a_minute_in_the_end()
    {
        var peer = new ScriptedPeer();
        var (_, near) = Around(peer);
        peer.Connect(near);
        for (var i = 0; i < 600; i++)
        {
            peer.Hello(near, same: true);
            peer.Run(1);
        }

        Assert.Empty(peer.Questions);
        for (var i = 0; i < 600; i++)
        {
            peer.Hello(near);
            peer.Run(1);
        }

        // 3, 6, 12, 24, 48 s and then a minute, a quarter more or less; each is given up after 3 s without an answer.
        Assert.InRange(peer.Questions.Count, 10, 16);
        Assert.Equal(peer.Questions.Count, peer.Core.Count(TopologyCounter.QuestionTimeouts));
        Assert.Equal(peer.Questions.Count, peer.Questions.Select(question => Convert.ToHexString(question.Salt)).Distinct().Count());
    }

    [Fact]
    public void Only_what_lies_in_differing_buckets_is_listed_and_told_of()
    {
        var peer = new ScriptedPeer();
        var (_, near) = Around(peer);
        peer.Connect(near);
        var records = Enumerable.Range(100, 300).Select(number => new TestIdentity(number).Record(5, NowMillis)).ToArray();
        peer.Offer(near, records);
        peer.Run(2);
        Assert.Equal(301, peer.Core.RecordCount);

        // A node that holds the same but for one record asks.
        var missing = records[7].Address;
        peer.SendMessage(near, Question(1, default, peer.Core, change: missing.ToArray()[0]));
        var (_, last, differing, items) = Assert.Single(peer.Differences);
        Assert.Equal(End, last);
        Assert.Equal(1, differing.Sum(bits => int.PopCount(bits)));
        Assert.Contains(items, item => item.Address == missing);
        Assert.All(items, item => Assert.Equal(missing.ToArray()[0], item.Address.ToArray()[0]));

        // And it asks: told of all that the other's list of one bucket lacks, and fetches what it lacks itself.
        peer.Announced.Clear();
        peer.Hello(near);
        var question = Assert.Single(peer.Questions);
        var bucket = missing.ToArray()[0];
        var theirs = new TestIdentity(5000).Record(1, NowMillis);
        var (low, high) = bucket < theirs.Address.ToArray()[0] ? (bucket, theirs.Address.ToArray()[0]) : (theirs.Address.ToArray()[0], bucket);
        peer.Holdings[near].Add(theirs);
        peer.SendMessage(near, Difference(question.Id, End, [low, high], Of(theirs)));
        peer.Run(1);
        var expected = records.Select(record => record.Address).Append(peer.Own.Address)
            .Where(address => address.ToArray()[0] == low || address.ToArray()[0] == high).Order();
        Assert.Equal(expected, peer.Announced.Select(announced => announced.Address).Order());
        Assert.Equal(302, peer.Core.RecordCount);
    }

    [Fact]
    [Trait("Spec", "TOP-30")]
    public void A_big_database_is_listed_in_pages_that_follow_the_cursor_and_each_fits_in_a_message()
    {
        var peer = new ScriptedPeer();
        var (_, near) = Around(peer);
        peer.Connect(near);
        peer.Offer(near, [.. Enumerable.Range(100, 700).Select(number => new TestIdentity(number).Record(5, NowMillis))]);
        peer.Run(8);
        Assert.Equal(701, peer.Core.RecordCount);
        var (after, id, seen) = (default(NodeAddress), 0u, new List<NodeAddress>());
        while (after != End)
        {
            peer.SendMessage(near, Question(++id, after));
            var (_, last, _, items) = peer.Differences[^1];
            Assert.InRange(items.Count, 1, TopologyLimits.MaxMessageBytes / Announcement.Bytes);
            seen.AddRange(items.Select(item => item.Address));
            after = last;
        }

        Assert.Equal(701, seen.Count);
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(id, 3u, 4u);
    }

    [Fact]
    [Trait("Spec", "TOP-28")]
    public void The_next_page_is_asked_for_from_where_the_last_ended_and_under_the_same_salt()
    {
        var peer = new ScriptedPeer();
        var (_, near) = Around(peer);
        peer.Connect(near);
        peer.Hello(near);
        var first = peer.Questions[0];
        var record = new TestIdentity(5000).Record(1, NowMillis);
        peer.SendMessage(near, Difference(first.Id, record.Address, [record.Address.ToArray()[0]], Of(record)));
        var second = peer.Questions[1];
        Assert.Equal((first.Id + 1, record.Address), (second.Id, second.After));
        Assert.Equal(first.Salt, second.Salt);
        peer.SendMessage(near, Difference(second.Id, End, []));
        Assert.Equal(2, peer.Questions.Count);
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Comparisons));
        Assert.Empty(peer.Faults);

        // The same answer again is late.
        peer.SendMessage(near, Difference(second.Id, End, []));
        Assert.Empty(peer.Faults);
    }

    [Fact]
    [Trait("Spec", "TOP-29")]
    public void Records_wait_for_room_before_the_next_page_is_asked_for()
    {
        var peer = new ScriptedPeer { AnswersPulls = false };
        var (_, near) = Around(peer);
        peer.Connect(near);
        peer.Hello(near);
        var after = new byte[32];
        for (var page = 0; page < 100 && peer.Questions.Count == page + 1; page++)
        {
            var items = Enumerable.Range(1, 200).Select(i =>
            {
                var address = new byte[32];
                (address[0], address[1], address[2]) = (1, (byte)page, (byte)i);
                return new Announcement(NodeAddress.FromBytes(address), 1, RecordHash.Of(address), IsEvidence: false);
            }).ToArray();
            peer.SendMessage(near, Difference(peer.Questions[^1].Id, items[^1].Address, [1], items));
        }

        Assert.InRange(peer.Questions.Count, 6, 7);
        Assert.Empty(peer.Faults);
    }

    [Fact]
    public void A_neighbour_whose_pages_never_end_is_asked_no_faster_than_a_neighbour_answers()
    {
        var peer = new ScriptedPeer();
        var (_, near) = Around(peer);
        peer.Connect(near);
        peer.Hello(near);
        var address = new byte[32];
        for (var step = 0; step < 1000; step++)
        {
            if (peer.Questions.Count == step + 1)
            {
                BitConverter.TryWriteBytes(address.AsSpan(1), System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(step + 1));
                var item = new Announcement(NodeAddress.FromBytes(address), 1, RecordHash.Of(address), IsEvidence: false);
                peer.SendMessage(near, Difference(peer.Questions[^1].Id, item.Address, [0], item));
            }
        }

        Assert.Equal(64, peer.Questions.Count);
        peer.Run(1.1);
        Assert.Equal(65, peer.Questions.Count);
        peer.SendMessage(near, Difference(peer.Questions[^1].Id, End, []));
        Assert.Empty(peer.Faults);
    }

    [Fact]
    [Trait("Spec", "TOP-31")]
    public void A_page_that_goes_back_stands_still_or_lists_what_it_may_not_is_a_fault()
    {
        var record = new TestIdentity(5000).Record(1, NowMillis);
        var bucket = record.Address.ToArray()[0];
        var beyond = NodeAddress.FromBytes([(byte)(bucket + 1), .. new byte[31]]);
        var lone = Of(record) with { IsEvidence = true };
        Fault(id => Difference(id, default, []));
        Fault(id => Difference(id, beyond, []));
        Fault(id => Difference(id, beyond, [bucket], Of(record)));
        Fault(id => Difference(id, End, [], Of(record)));
        Fault(id => Difference(id, record.Address, [bucket, (byte)(bucket + 1)], Of(record)));
        Fault(id => Difference(id, End, [bucket], Of(record), Of(record)));
        Fault(id => Difference(id, End, [bucket], lone, lone, lone));
        Fault(id => Difference(id, End, [bucket], Of(record) with { Sequence = 0 }));
        Fault(id => [.. Difference(id, End, [bucket], Of(record)), 0]);
        Fault(id => Difference(id + 1, End, []), TopologyFault.Unsolicited);
        Fault(_ => Difference(0, End, []), TopologyFault.Unsolicited);
        Fault(_ => Question(1, default)[..^1]);
        Fault(_ => [.. Question(1, default), 0]);
        Fault(_ => [4, 1, 0, 0, 0]);

        static void Fault(Func<uint, byte[]> message, TopologyFault expected = TopologyFault.MalformedMessage)
        {
            var peer = new ScriptedPeer();
            var (_, near) = Around(peer);
            peer.Connect(near);
            peer.Hello(near);
            peer.SendMessage(near, message(peer.Questions[0].Id));
            Assert.Equal([expected], peer.Faults);
            Assert.Empty(peer.Pulls);
        }
    }

    [Fact]
    public void Evidence_is_listed_in_twos_and_told_to_who_lists_the_record()
    {
        var peer = new ScriptedPeer();
        var (_, near) = Around(peer);
        peer.Connect(near);
        var far = new TestIdentity(3);
        var pair = new[] { far.Record(10, NowMillis), far.Record(10, NowMillis, near) };
        peer.Holdings[near].AddRange(pair);
        peer.Announce(near, [.. pair.Select(record => Of(record) with { IsEvidence = true })]);
        peer.Run(2);
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Equivocations));
        peer.SendMessage(near, Question(1, default));
        Assert.Equal(2, peer.Differences[0].Items.Count(item => item.IsEvidence && item.Address == far.Address));
        peer.Announced.Clear();
        peer.Hello(near);
        peer.SendMessage(near, Difference(peer.Questions[0].Id, End, [far.Address.ToArray()[0]], Of(pair[0])));
        peer.Run(1);
        Assert.Equal(2, peer.Announced.Count(announced => announced.IsEvidence && announced.Address == far.Address));
    }

    [Fact]
    [Trait("Spec", "TOP-30")]
    public void A_thousand_questions_to_a_node_with_ten_thousand_records_take_no_memory_to_speak_of()
    {
        var peer = new ScriptedPeer(recordLimit: 20_000) { Verifies = static _ => true };
        var source = Around(peer).Higher;
        peer.Connect(source);
        foreach (var chunk in Enumerable.Range(0, 10_000).Select(Made).Chunk(128))
        {
            peer.Offer(source, chunk);
            peer.Run(1.4);
        }

        Assert.Equal(10_001, peer.Core.RecordCount);
        peer.Holdings.Clear();
        var askers = Enumerable.Range(0, 16).Select(number => NodeAddress.FromBytes([.. BitConverter.GetBytes(number + 1), .. new byte[28]])).ToArray();
        foreach (var asker in askers)
        {
            peer.Connect(asker);
        }

        peer.Run(1);
        peer.CountsOnly = true;
        var question = Question(1, default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            peer.SendMessage(askers[i % askers.Length], question);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1000, peer.MessagesCounted);
        Assert.InRange(allocated, 0, 32 << 20);

        // Who asks without end isn't answered.
        for (var i = 0; i < 1000; i++)
        {
            peer.SendMessage(askers[0], question);
        }

        Assert.InRange(peer.MessagesCounted, 1000, 1002);
        Assert.InRange(peer.Core.Count(TopologyCounter.QuestionsRefused), 998, 1000);
    }

    // Made-up origins: ten thousand key pairs would take longer than what is tested.
    private static LinkStateRecord Made(int number)
    {
        var address = new byte[32];
        new SeededRandomSource(number).Fill(address);
        var draft = new LinkStateDraft
        {
            Address = NodeAddress.FromBytes(address), Sequence = 1, IssuedUnixMillis = NowMillis, ExpiresUnixMillis = NowMillis + 3_600_000,
        };
        return TestIdentity.Parse(LinkStateDraft.Complete(draft.ToSignedMessage(TestNetwork.Definition), new byte[64]));
    }

    private static (NodeAddress Lower, NodeAddress Higher) Around(ScriptedPeer peer)
    {
        var (lower, higher) = (NodeAddress.FromBytes([.. new byte[31], 1]), NodeAddress.FromBytes([0xfe, .. new byte[31]]));
        Assert.True(lower < peer.Own.Address && peer.Own.Address < higher);
        return (lower, higher);
    }

    private static Announcement Of(LinkStateRecord record) => new(record.Address, record.Sequence, record.Hash, IsEvidence: false);

    // A question of a node that holds nothing, or all that the core holds but in one bucket.
    private static byte[] Question(uint id, NodeAddress after, TopologyCore? same = null, int change = -1)
    {
        var salt = new byte[16];
        var first = after.ToArray()[0];
        return [4, .. BitConverter.GetBytes(id), .. salt, .. after.ToArray(), .. Enumerable.Range(first, 256 - first)
            .SelectMany(bucket => BitConverter.GetBytes(same is null ? 0 : same.Buckets.Short(bucket, salt) ^ (bucket == change ? 1UL : 0)))];
    }

    private static byte[] Difference(uint id, NodeAddress last, byte[] buckets, params Announcement[] items)
    {
        var bitmap = new byte[32];
        foreach (var bucket in buckets)
        {
            bitmap[bucket / 8] |= (byte)(1 << (bucket % 8));
        }

        return [5, .. BitConverter.GetBytes(id), .. last.ToArray(), .. bitmap, .. BitConverter.GetBytes((ushort)items.Length), .. items.SelectMany(Bytes)];
    }

    private static byte[] Bytes(Announcement item)
    {
        var bytes = new byte[Announcement.Bytes];
        item.Write(bytes);
        return bytes;
    }
}
