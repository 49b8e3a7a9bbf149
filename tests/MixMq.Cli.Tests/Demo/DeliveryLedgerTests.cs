using System.Security.Cryptography;
using Google.Protobuf;
using MixMq.Cli.Demo;
using MixMq.Cli.Local;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Demo;

public sealed class DeliveryLedgerTests
{
    private const int Size = 64;
    private static readonly byte[] Seed = [1, 2, 3];
    private static readonly byte[] File = [9, 9, 9];
    private readonly DeliveryLedger _ledger = new(Seed, 12, Size, SHA256.HashData(File), DemoPlan.Endpoints.ToDictionary(node => node.Name, node => "addr-" + node.Name));
    private ulong _position;

    [Fact]
    public void Everything_delivered_once_in_order_and_acknowledged_is_perfect()
    {
        foreach (var pair in DemoPlan.Pairs)
        {
            for (var sequence = 1; sequence <= 2; sequence++)
            {
                _ledger.Accepted(pair.Index, sequence, Id(pair.Index, sequence));
                Assert.NotNull(_ledger.Received(pair.To, Message(pair, sequence)));
            }
        }

        Assert.False(_ledger.IsComplete);
        DeliverFile(File);
        _ledger.Accepted(DeliveryLedger.FilePair.Index, 0, Id(99, 0));
        Assert.Equal(13, _ledger.Unacknowledged().Count);
        foreach (var entry in _ledger.Unacknowledged())
            _ledger.MarkAcknowledged(entry);
        Assert.True(_ledger.IsComplete);
        Assert.True(_ledger.Summarize().IsPerfect(12));
        Assert.Empty(_ledger.Missing(10));
        Assert.Equal(5, _ledger.Summarize().LatencyP50);
    }

    [Fact]
    public void The_same_message_at_another_position_is_a_duplicate_and_at_the_same_one_is_an_offer_of_what_was_not_confirmed()
    {
        var pair = DemoPlan.Pairs[0];
        var message = Message(pair, 1);
        Assert.NotNull(_ledger.Received(pair.To, message));
        Assert.Null(_ledger.Received(pair.To, message));
        Assert.Equal(0, _ledger.Summarize().Duplicates);
        Assert.Null(_ledger.Received(pair.To, Message(pair, 1)));
        Assert.Equal(1, _ledger.Summarize().Duplicates);
        Assert.Equal(1, _ledger.Delivered);
    }

    [Fact]
    public void Disorder_corruption_wrong_recipients_and_wrong_senders_are_counted()
    {
        var pair = DemoPlan.Pairs[0];
        Assert.NotNull(_ledger.Received(pair.To, Message(pair, 2)));
        Assert.Equal(1, _ledger.Summarize().Disordered);

        var corrupted = Message(pair, 1);
        corrupted.Content = ByteString.CopyFrom(corrupted.Content.Span[..^1]);
        Assert.Null(_ledger.Received(pair.To, corrupted));
        Assert.Null(_ledger.Received(pair.From, Message(pair, 1)));
        var forged = Message(pair, 1);
        forged.From = "addr-" + pair.To.Name;
        Assert.Null(_ledger.Received(pair.To, forged));
        Assert.Null(_ledger.Received(pair.To, Message(pair, 3)));
        Assert.Equal(4, _ledger.Summarize().Corrupted);
        Assert.False(_ledger.Summarize().IsPerfect(12));
    }

    [Fact]
    public void A_changed_file_is_corrupted_and_its_hash_is_kept()
    {
        DeliverFile([9, 9, 8]);
        Assert.Equal(1, _ledger.Summarize().Corrupted);
        Assert.Equal(SHA256.HashData([9, 9, 8]), _ledger.ReceivedFileHash);
        Assert.False(_ledger.Summarize().FileDelivered);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        _ledger.Accepted(0, 1, Id(0, 1));
        var missing = _ledger.Missing(2);
        Assert.Equal("message 1, node-a → node-b: not delivered", missing[0]);
        Assert.Equal("message 2, node-a → node-b: not accepted", missing[1]);
        Assert.Equal("and 11 more", missing[2]);
    }

    private void DeliverFile(byte[] content) => _ledger.Received(DeliveryLedger.FilePair.To, new ReceivedMessage
    {
        Position = ++_position,
        MessageId = Id(99, 0),
        From = "addr-" + DeliveryLedger.FilePair.From.Name,
        Conversation = DeliveryLedger.FileConversation,
        Content = ByteString.CopyFrom(content),
    });

    private ReceivedMessage Message(DemoPair pair, int sequence) => new()
    {
        Position = ++_position,
        MessageId = Id(pair.Index, sequence),
        From = "addr-" + pair.From.Name,
        Conversation = DeliveryLedger.Conversation,
        Content = ByteString.CopyFrom(NumberedContent.Create(Seed, pair.Index, sequence, Size)),
        CreatedUnixMs = 1000,
        CommittedUnixMs = 1005,
    };

    private static ByteString Id(int pair, int sequence) => ByteString.CopyFrom([(byte)pair, (byte)sequence, .. new byte[14]]);
}
