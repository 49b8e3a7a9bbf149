using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class DeliveryTests
{
    [Fact]
    public void One_message_arrives_and_is_acknowledged()
    {
        var pair = new EndpointPair(1);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "orders", 100);
        Assert.True(pair.RunUntilQuiet(10_000));
        pair.JudgeBoth();
        Assert.Single(pair.Bob.Store.Inbox);
        Assert.Equal(1UL, pair.Bob.InboxReady);
        Assert.True(pair.Clock.Micros < 2_000_000);
    }

    [Fact]
    public void Real_signatures_verify()
    {
        var pair = new EndpointPair(2, realSignatures: true);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "orders", 10_000);
        pair.Submit(pair.Bob, pair.Alice, "orders", 0);
        Assert.True(pair.RunUntilQuiet(10_000));
        pair.JudgeBoth();
        Assert.Single(pair.Bob.Store.Inbox);
        Assert.Single(pair.Alice.Store.Inbox);
    }

    [Fact]
    [Trait("Spec", "MSG-8")]
    public void Whatever_the_network_does_everything_accepted_arrives_once_and_in_order() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var pair = new EndpointPair(seed);
            pair.Pipe.Loss = 0.4 * pair.Random.NextDouble();
            pair.Pipe.Doubling = 0.4 * pair.Random.NextDouble();
            pair.Pipe.MeanDelayMs = 1 + (100 * pair.Random.NextDouble());
            pair.Alice.CommitMillis = pair.Bob.CommitMillis = 1 + (30 * pair.Random.NextDouble());
            pair.Start();
            string[] conversations = ["a", "b", ""];
            for (var i = 0; i < 25; i++)
            {
                var (from, to) = pair.Random.NextInt32(3) == 0 ? (pair.Bob, pair.Alice) : (pair.Alice, pair.Bob);
                var bytes = pair.Random.NextInt32(4) == 0 ? pair.Random.NextInt32(30_000) : pair.Random.NextInt32(2_000);
                pair.Submit(from, to, conversations[pair.Random.NextInt32(conversations.Length)], bytes);
                pair.RunFor(pair.Random.NextInt32(100));
            }

            Assert.True(pair.RunUntilQuiet(7_200_000), "not everything was settled in time");
            pair.JudgeBoth();
            Assert.Equal(25, pair.Alice.Store.Inbox.Count + pair.Bob.Store.Inbox.Count);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(17, 23));

    [Theory]
    [InlineData(1024)]
    [InlineData(1500)]
    [InlineData(60_000)]
    public void Messages_at_every_piece_boundary_arrive(int body)
    {
        var pair = new EndpointPair(3, geometry: new PacketGeometry(10, body + 4, 512));
        pair.Start();
        var piece = MixMq.Endpoint.Messaging.Wire.FragmentHeader.PieceBytes(body);
        var envelope = MixMq.Endpoint.Messaging.Wire.Envelope.MinBytes + 2;
        for (var i = -1; i <= 1; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", piece - envelope + i);
            pair.Submit(pair.Alice, pair.Bob, "c", (2 * piece) - envelope + i);
        }

        pair.Submit(pair.Alice, pair.Bob, "c", 0);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.JudgeBoth();
        Assert.Equal(7, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    public void Without_a_path_messages_are_pending_and_leave_when_there_is_one()
    {
        var pair = new EndpointPair(4);
        pair.AliceRoutes.Open = false;
        pair.Start();
        var token = pair.Submit(pair.Alice, pair.Bob, "c", 5_000);
        pair.RunFor(300_000);
        Assert.True(pair.Alice.Outcomes[token].Accepted);
        Assert.Equal(1, pair.Alice.Snapshot().UnreachableRecipients);
        Assert.Equal(0, pair.Pipe.Sent);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(5_000));
        pair.JudgeBoth();
    }

    [Fact]
    public void A_path_that_comes_back_ends_the_back_off()
    {
        var pair = new EndpointPair(5);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Submit(pair.Alice, pair.Bob, "c", 50_000);
        pair.RunFor(120_000);
        pair.AliceRoutes.Open = false;
        pair.Alice.Topology();
        pair.RunFor(1_000);
        pair.AliceRoutes.Open = true;
        pair.Pipe.Passes = (_, _, _) => true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(6_000));
        pair.JudgeBoth();
    }
}
