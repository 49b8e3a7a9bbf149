namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>The ledger of the crash rig finds what it is there to find.</summary>
public sealed class PaymentLedgerTests
{
    private const long Opening = 1_000_000;
    private readonly PaymentLedger _ledger = new(2);

    [Fact]
    public void Books_that_meet_and_add_up_are_complete_without_a_fault()
    {
        _ledger.Note("a", begins: true, 0, 0, Opening);
        _ledger.Note("a", begins: false, 2, 0, Opening - A);
        _ledger.Note("b", begins: false, 2, 0, Opening - B);
        _ledger.Note("b", begins: false, 2, 2, Opening - B + A);
        Assert.False(_ledger.Complete.IsCompleted);
        Assert.Equal(2, _ledger.Booked);
        _ledger.Note("a", begins: false, 2, 2, Opening - A + B);
        Assert.True(_ledger.Complete.IsCompleted);
        Assert.Empty(_ledger.Faults);
    }

    [Fact]
    public void Books_that_went_back_are_a_loss()
    {
        _ledger.Note("a", begins: false, 2, 0, Opening - A);
        _ledger.Note("a", begins: true, 0, 0, Opening);
        Assert.Contains("was lost", Assert.Single(_ledger.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_payment_booked_twice_does_not_add_up()
    {
        _ledger.Note("b", begins: false, 2, 0, Opening - B);
        _ledger.Note("a", begins: false, 2, 1, Opening - A + B);
        Assert.Contains("don't add up", Assert.Single(_ledger.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Books_more_than_a_checkpoint_ahead_are_found()
    {
        _ledger.Note("a", begins: true, 0, 33, Opening);
        Assert.Contains("ahead", Assert.Single(_ledger.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Books_go_back_where_a_store_was_put_back_and_to_what_the_copy_has_alone()
    {
        _ledger.Note("a", begins: false, 2, 0, Opening - A);
        _ledger.NoteRestored("a", (0, 0), (0, 0));
        Assert.False(_ledger.IsRestored("a"));
        _ledger.Note("a", begins: true, 0, 0, Opening);
        Assert.True(_ledger.IsRestored("a"));
        Assert.Empty(_ledger.Faults);
        _ledger.NoteRestored("a", (1, 1), (2, 2));
        _ledger.Note("a", begins: true, 0, 0, Opening);
        Assert.Contains("aren't those of the copy", Assert.Single(_ledger.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_payment_that_comes_again_is_a_fault_unless_its_payer_had_gone_back_behind_it(bool wentBack)
    {
        _ledger.Note("a", begins: false, 2, 0, Opening - A);
        if (wentBack)
        {
            _ledger.NoteRestored("a", (0, 0), (0, 0));
            _ledger.Note("a", begins: true, 0, 0, Opening);
            _ledger.Note("a", begins: false, 2, 0, Opening - A);
        }

        _ledger.Note("b", begins: false, 2, 2, Opening - B + A);
        _ledger.NoteAgain("b", 1);
        _ledger.Note("a", begins: false, 2, 2, Opening - A + B);
        Assert.True(_ledger.Complete.IsCompleted);
        Assert.Equal(wentBack ? 0 : 1, _ledger.Faults.Count(fault => fault.Contains("twice", StringComparison.Ordinal)));
    }

    private static long A => Amount('a', 1) + Amount('a', 2);

    private static long B => Amount('b', 1) + Amount('b', 2);

    private static long Amount(char from, int number) => 1 + (((17 * 31) + from + (number * 7919)) % 1000);
}
