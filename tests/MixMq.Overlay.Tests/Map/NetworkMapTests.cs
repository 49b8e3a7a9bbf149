using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Tests.Map;

/// <summary>What a node holds of the map: bounded, in one order, and told by one digest.</summary>
public sealed class NetworkMapTests
{
    private static readonly Authorities Three = new(3, 2);
    private readonly NetworkMap _map;

    public NetworkMapTests()
    {
        var options = Three.Options(new TestIdentity(0), certificate: null);
        _map = new NetworkMap(options, new NetworkGovernance(options));
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    public void There_is_room_for_so_many_names_and_those_that_are_held_still_change()
    {
        for (var i = 0; i < MapLimits.MaxNames; i++)
        {
            Take(Entry($"CN=Bank {i}", 1));
        }

        Assert.Equal(MapLimits.MaxNames, _map.Count);
        Assert.Equal(StatementVerdict.Untrusted, _map.Judge(Entry("CN=One more", 1), Now()));
        Take(Entry("CN=Bank 7", 2));
        Assert.Equal(MapLimits.MaxNames, _map.Count);
        Assert.Equal(StatementVerdict.Known, _map.Judge(Entry("CN=Bank 7", 1), Now()));
    }

    [Fact]
    [Trait("Spec", "ADM-24")]
    public void Pages_after_one_another_are_all_there_is_and_the_order_of_taking_leaves_no_trace()
    {
        MapEntry[] entries = [.. Enumerable.Range(0, 600).Select(i => Entry($"CN=Bank {i}", 1))];
        foreach (var entry in entries)
        {
            Take(entry);
        }

        var seen = new List<RecordHash>();
        for (var rest = _map.After(default); rest.Length > 0; rest = _map.After(seen[^1]))
        {
            seen.AddRange(rest[..Math.Min(rest.Length, MapLimits.MaxNamed)]);
        }

        Assert.Equal(600, seen.Distinct().Count());
        Assert.Equal(seen, seen.Order(Comparer<RecordHash>.Create(static (one, other) => one.Compare(other))));
        var other = new NetworkMapTests()._map;
        foreach (var entry in entries.Reverse())
        {
            other.Take(entry, Now());
        }

        Assert.Equal(_map.Digest, other.Digest);
        other.Take(Entry("CN=Bank 7", 2), Now());
        Assert.NotEqual(_map.Digest, other.Digest);
    }

    [Fact]
    [Trait("Spec", "ADM-23")]
    public void Of_a_contradiction_what_is_left_counts_and_a_third_is_not_taken()
    {
        Take(Entry("CN=A", 1, notAfter: Authorities.VirtualNetworkStart + 10));
        Take(Entry("CN=A", 1, notAfter: Authorities.VirtualNetworkStart + 20));
        Assert.Equal(StatementVerdict.Known, _map.Judge(Entry("CN=A", 1), Now()));
        Assert.True(_map.View(Now()).IsContradicted(LegalNameTests.Name("CN=A")));
        Assert.Equal(Authorities.VirtualNetworkStart + 10, _map.NextExpiryUnixMillis);
        Assert.False(_map.Sweep(Now(9), judges: false));
        Assert.True(_map.Sweep(Now(10), judges: false));
        Assert.False(_map.View(Now(10)).IsContradicted(LegalNameTests.Name("CN=A")));
        Assert.Equal(1, _map.Count);
        Assert.True(_map.Sweep(Now(20), judges: false));
        Assert.Equal((0, long.MaxValue), (_map.Count, _map.NextExpiryUnixMillis));
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    public void What_was_replaced_doesnt_come_back_when_what_replaced_it_ends_first()
    {
        var earlier = Entry("CN=A", 1);
        Take(earlier);
        Take(Entry("CN=A", 2, notAfter: Authorities.VirtualNetworkStart + 10));
        Assert.True(_map.Sweep(Now(10), judges: false));
        Assert.Equal(StatementVerdict.Known, _map.Judge(earlier, Now(10)));

        // Nor after a restart.
        var options = Three.Options(new TestIdentity(0), certificate: null);
        var again = new NetworkMap(options with { Admission = options.Admission! with { Stored = [.. _map.Stored] } }, new NetworkGovernance(options));
        again.Start(Now(10));
        Assert.Equal(0, again.Count);
        Assert.Equal(StatementVerdict.Known, again.Judge(earlier, Now(10)));
        Assert.Equal(StatementVerdict.Wanted, again.Judge(Entry("CN=A", 3), Now(10)));
        again.Take(Entry("CN=A", 3), Now());
        Assert.Single(again.Stored);
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    public void So_many_names_that_ended_are_remembered_and_no_more()
    {
        for (var i = 0; i <= MapLimits.MaxNames; i++)
        {
            Take(Entry($"CN=Bank {i}", 2, notAfter: Authorities.VirtualNetworkStart + 10 + i));
            Assert.True(_map.Sweep(Now(10 + i), judges: false));
        }

        Assert.Equal(MapLimits.MaxNames, _map.Stored.Count());
        Assert.Equal(StatementVerdict.Wanted, _map.Judge(Entry("CN=Bank 0", 1), Now()));
        Assert.Equal(StatementVerdict.Known, _map.Judge(Entry("CN=Bank 1", 1), Now()));
    }

    private static Moment Now(long millis = 0) => new(0, Authorities.VirtualNetworkStart + millis);

    // Whoever takes an entry has had its signatures verified before.
    private static MapEntry Entry(string name, ulong number, long notAfter = Authorities.Forever)
    {
        Assert.Equal(StatementError.None, MapEntry.TryCreate(LegalNameTests.Name(name), [], number, notAfter, out var entry));
        AuthorityStatement signed = entry!;
        foreach (var authority in Three.Keys)
        {
            signed = signed.WithSignature(authority, new byte[64]);
        }

        return (MapEntry)signed;
    }

    private void Take(MapEntry entry)
    {
        Assert.Equal(StatementVerdict.Wanted, _map.Judge(entry, Now()));
        _ = _map.Take(entry, Now());
    }
}
