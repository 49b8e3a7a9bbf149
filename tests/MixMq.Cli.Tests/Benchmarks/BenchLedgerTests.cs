using Google.Protobuf;
using MixMq.Cli.Benchmarks;
using MixMq.Cli.Local;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Benchmarks;

public sealed class BenchLedgerTests
{
    private const int Size = 64;
    private static readonly byte[] Seed = [4, 5, 6];
    private readonly BenchLedger _ledger = new(Seed, direction: 0, Size);
    private ulong _position;

    [Fact]
    public void What_was_taken_and_has_not_come_is_missing()
    {
        var content = _ledger.Begin();
        Assert.Equal(0, _ledger.Missing);
        _ledger.Accepted();
        Assert.Equal(1, _ledger.Missing);
        Assert.NotNull(_ledger.Note(Message(content, 1)));
        Assert.Equal((0, 1), (_ledger.Missing, _ledger.Received));
        Assert.Single(_ledger.TakeLatencies());
        Assert.Empty(_ledger.TakeLatencies());
    }

    [Fact]
    public void The_same_content_at_another_place_is_a_duplicate_and_an_offer_of_the_same_place_is_not()
    {
        var message = Message(_ledger.Begin(), 1);
        Assert.NotNull(_ledger.Note(message));
        Assert.Null(_ledger.Note(message));
        Assert.Equal(0, _ledger.Duplicated);
        Assert.Null(_ledger.Note(Message(message.Content.ToByteArray(), 2)));
        Assert.Equal((1, 1), (_ledger.Duplicated, _ledger.Received));
    }

    [Fact]
    public void Change_and_disorder_are_counted()
    {
        var (first, second) = (_ledger.Begin(), _ledger.Begin());
        Assert.NotNull(_ledger.Note(Message(second, 2)));
        Assert.NotNull(_ledger.Note(Message(first, 1)));
        Assert.Equal(2, _ledger.Disordered);
        var changed = _ledger.Begin();
        changed[^1] ^= 1;
        Assert.Null(_ledger.Note(Message(changed, 3)));
        Assert.Null(_ledger.Note(Message(NumberedContent.Create(Seed, pair: 1, sequence: 1, Size), 3)));
        Assert.Null(_ledger.Note(Message(NumberedContent.Create(Seed, pair: 0, sequence: 99, Size), 3)));
        Assert.Equal(3, _ledger.Corrupted);
    }

    private ReceivedMessage Message(byte[] content, ulong sequence) => new()
    {
        Position = ++_position,
        MessageId = ByteString.CopyFrom(BitConverter.GetBytes(_position)),
        Sequence = sequence,
        Content = ByteString.CopyFrom(content),
    };
}
