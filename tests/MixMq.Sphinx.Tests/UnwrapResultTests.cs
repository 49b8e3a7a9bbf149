namespace MixMq.Sphinx.Tests;

public sealed class UnwrapResultTests
{
    [Fact]
    public void Each_outcome_sets_its_own_fields_and_no_others()
    {
        var next = NodeAddress.FromBytes([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        var surb = SurbId.FromBytes(new byte[16]);
        Assert.Equal((UnwrapKind.Dropped, DropReason.Replayed, default, 0u, 0, 0), Fields(UnwrapResult.Dropped(DropReason.Replayed)));
        Assert.Equal((UnwrapKind.Relay, DropReason.None, next, 70u, 0, 0), Fields(UnwrapResult.Relay(next, 70)));
        Assert.Equal((UnwrapKind.Deliver, DropReason.None, default, 0u, 5, 9), Fields(UnwrapResult.Deliver(5, 9)));
        Assert.Equal((UnwrapKind.Reply, DropReason.None, default, 0u, 6, 8), Fields(UnwrapResult.Reply(surb, 6, 8)));
        Assert.Equal((UnwrapKind.Cover, DropReason.None, default, 0u, 0, 0), Fields(UnwrapResult.Cover()));
    }

    private static (UnwrapKind, DropReason, NodeAddress, uint, int, int) Fields(UnwrapResult result) =>
        (result.Kind, result.Reason, result.Next, result.DelayMs, result.Offset, result.Length);
}
