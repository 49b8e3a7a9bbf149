using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

/// <summary>What opens replies is there once, and not longer than a reply can come.</summary>
public sealed class SurbStatesTests
{
    private static readonly NetworkDefinition Network = TestChain.CreateNetwork(new PacketGeometry(4, 256, 96));

    [Fact]
    [Trait("Spec", "MSG-82")]
    public void A_state_is_destroyed_when_its_time_is_over_although_nothing_is_added_or_taken()
    {
        using var states = new SurbStates<string>(100, afterwardsSeconds: 60);
        var (early, late) = (State(1, 1_000), State(2, 2_000));
        states.Add(late, "late");
        states.Add(early, "early");
        states.DropExpired(1_060);
        Assert.Equal(2, states.Count);
        states.DropExpired(1_061);
        Assert.Equal(1, states.Count);
        Assert.Throws<ObjectDisposedException>(() => early.CopyKeptTo(new byte[SurbState.KeptBytes(Network.Geometry)]));
        Assert.False(states.TryTake(early.Id, out _, out _));
        Assert.True(states.TryTake(late.Id, out var taken, out var about));
        Assert.Equal((late, "late"), (taken, about));
        taken.Dispose();
    }

    [Fact]
    public void A_state_is_given_out_once_and_the_earliest_to_expire_makes_room()
    {
        using var states = new SurbStates<int>(3, 0);
        var added = Enumerable.Range(1, 4).Select(number => State((byte)number, (uint)(100 * (5 - number)))).ToArray();
        for (var i = 0; i < added.Length; i++)
        {
            states.Add(added[i], i);
        }

        // The third expires first of those that were there when the fourth came.
        Assert.Equal([true, true, false, true], added.Select(state => states.TryTake(state.Id, out _, out _)));
        Assert.All(added, state => Assert.False(states.TryTake(state.Id, out _, out _)));
        Assert.Equal(0, states.Count);
        states.DropExpired(long.MaxValue);
    }

    [Fact]
    [Trait("Spec", "MSG-82")]
    public void Of_states_that_expire_together_the_oldest_make_room_whatever_their_ids()
    {
        var random = new Random(17);
        using var states = new SurbStates<int>(50, 0);
        var added = new SurbId[400];
        for (var i = 0; i < added.Length; i++)
        {
            var bytes = new byte[SurbId.ByteLength];
            random.NextBytes(bytes);
            added[i] = SurbId.FromBytes(bytes);
            states.Add(State(added[i], 1_000), i);
        }

        for (var i = 0; i < added.Length; i++)
        {
            Assert.Equal(i >= added.Length - 50, states.TryTake(added[i], out var state, out var about));
            Assert.Equal(state is null ? 0 : i, about);
            state?.Dispose();
        }
    }

    private static SurbState State(byte number, uint expiry) => State(SurbId.FromBytes([.. Enumerable.Repeat(number, SurbId.ByteLength)]), expiry);

    private static SurbState State(SurbId id, uint expiry) => SurbState.FromKept(Network, id, expiry, new byte[SurbState.KeptBytes(Network.Geometry)]);
}
