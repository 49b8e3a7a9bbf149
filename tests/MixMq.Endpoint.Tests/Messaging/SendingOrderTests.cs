using System.Buffers.Binary;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>What must be there before a packet leaves, and what stands when it comes late.</summary>
public sealed class SendingOrderTests
{
    private const int MessageIdOffset = Frame.HeaderBytes + 56;

    [Fact]
    [Trait("Spec", "MSG-15")]
    public void No_fragment_leaves_before_its_message_is_in_the_store()
    {
        var pair = new EndpointPair(31);
        pair.Alice.CommitMillis = 400;
        var fragments = 0;
        pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == pair.Alice.Address && message[0] == (byte)FrameType.Fragment)
            {
                fragments++;
                Assert.Contains(MessageId.FromBytes(message.AsSpan(MessageIdOffset, MessageId.ByteCount)), pair.Alice.Store.Outbox.Keys);
            }
        };
        pair.Start();
        for (var i = 0; i < 10; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 3_000);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.True(fragments >= 20);
    }

    [Fact]
    [Trait("Spec", "MSG-142")]
    public void An_id_begins_with_the_time_that_its_envelope_says_and_80_bits_of_it_are_random()
    {
        var pair = new EndpointPair(34);
        pair.Start();
        for (var i = 0; i < 60; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 10);
            pair.Submit(pair.Alice, pair.Bob, "d", 10);
            pair.RunFor(7);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        var entries = pair.Bob.Store.ReadInbox(0).Select(item => (Id: item.Entry.Id.ToArray(), item.Entry.CreatedUnixMillis)).ToList();
        Assert.Equal(120, entries.Count);
        Assert.True(entries.Select(entry => entry.CreatedUnixMillis).Distinct().Count() > 30);
        Assert.All(entries, entry => Assert.Equal(entry.CreatedUnixMillis, (long)(BinaryPrimitives.ReadUInt64BigEndian(entry.Id) >> 16)));

        // Each bit is set in some and not in others, as good as surely, and no two ids of one moment share what is random.
        for (var bit = 48; bit < 128; bit++)
        {
            Assert.InRange(entries.Count(entry => (entry.Id[bit / 8] & (0x80 >> (bit % 8))) != 0), 1, 119);
        }

        Assert.Equal(120, entries.Select(entry => Convert.ToHexString(entry.Id.AsSpan(6))).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    [Trait("Spec", "MSG-18")]
    public void Every_packet_asks_for_a_path_of_its_own_repetitions_too()
    {
        var pair = new EndpointPair(32);
        pair.Pipe.Loss = 0.4;
        pair.Start();
        for (var i = 0; i < 10; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 5_000);
        }

        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.True(pair.Pipe.Sent > 80, "nothing was repeated");
        Assert.True(pair.AliceRoutes.Given + pair.BobRoutes.Given >= pair.Pipe.Sent);
    }

    [Fact]
    [Trait("Spec", "MSG-9")]
    public void What_comes_after_its_expiry_and_before_its_tombstone_stands()
    {
        var pair = new EndpointPair(33);
        var late = new List<byte[]>();
        var tombstonesPass = false;
        pair.Pipe.Passes = (from, _, message) =>
        {
            if (from == pair.Alice.Address && message[0] == (byte)FrameType.Fragment)
            {
                late.Add(message);
                return false;
            }

            return message[0] != (byte)FrameType.Tombstone || tombstonesPass;
        };
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 500, expiresAfterMillis: 2_000);
        pair.RunFor(20_000);
        Assert.Equal(1, pair.Alice.Snapshot().Expiring);
        pair.Bob.Receive(late[0]);
        pair.RunFor(100);
        Assert.False(Assert.Single(pair.Bob.Store.Inbox).Tombstone);
        tombstonesPass = true;
        Assert.True(pair.RunUntilQuiet(120_000));
        pair.JudgeBoth();
        Assert.Equal(1, pair.Alice.Snapshot().Acknowledged);
        Assert.Equal(0, pair.Alice.Snapshot().Expired);
    }
}
