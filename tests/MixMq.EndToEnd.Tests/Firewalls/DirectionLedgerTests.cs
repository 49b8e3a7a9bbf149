namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>The ledger finds what it is there to find.</summary>
public sealed class DirectionLedgerTests
{
    private readonly DirectionLedger _ledger = new();
    private readonly List<byte[]> _sent = [];

    public DirectionLedgerTests() => _sent.AddRange(Enumerable.Range(0, 3).Select(_ => _ledger.Next("node-a", "node-b", 100)));

    [Fact]
    public void What_comes_once_and_in_order_is_complete_without_a_fault()
    {
        Assert.False(_ledger.IsComplete);
        _sent.ForEach(content => _ledger.Note("node-a", "node-b", content));
        Assert.True(_ledger.IsComplete);
        Assert.Empty(_ledger.Faults);
    }

    [Fact]
    public void What_comes_twice_is_a_fault()
    {
        _ledger.Note("node-a", "node-b", _sent[0]);
        _ledger.Note("node-a", "node-b", _sent[0]);
        Assert.Contains("came again", Assert.Single(_ledger.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_is_a_fault()
    {
        _ledger.Note("node-a", "node-b", _sent[1]);
        Assert.Contains("message 2 of 3 came after 0", Assert.Single(_ledger.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_changed_or_comes_from_another_is_a_fault()
    {
        _ledger.Note("node-c", "node-b", _sent[0]);
        _sent[0][50] ^= 1;
        _ledger.Note("node-a", "node-b", _sent[0]);
        Assert.Equal(2, _ledger.Faults.Count(fault => fault.Contains("none of those sent", StringComparison.Ordinal)));
    }
}
