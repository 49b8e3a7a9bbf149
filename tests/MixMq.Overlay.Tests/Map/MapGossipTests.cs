using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Tests.Map;

/// <summary>A ring of governed nodes on virtual time: what is given to one of them stands in everybody's map, and nothing else does.</summary>
public sealed class MapGossipTests
{
    private static readonly Authorities Three = new(3, 2);

    private readonly VirtualNetwork _network = new(21);

    [Fact]
    [Trait("Spec", "ADM-23")]
    [Trait("Spec", "ADM-24")]
    public void An_entry_given_to_one_node_is_in_every_map_within_a_second()
    {
        var ring = Ring(6);
        _network.Nodes[0].Give(Three.Enter("CN=Bank A", 1, ring[4]));
        Assert.InRange(_network.RunUntil(() => Maps("CN=Bank A") == 6, 30), 0, 1);
        Assert.All(_network.Nodes, node => Assert.Equal(ring[4].Address, Assert.Single(node.Core.Map.Find(LegalNameTests.Name("cn=bank a")).Addresses)));
        Assert.All(_network.Nodes, node => Assert.Single(node.Statements.OfType<MapEntry>()));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    public void Too_few_signatures_strange_ones_and_false_ones_change_nothing()
    {
        var ring = Ring(3);
        _network.Nodes[0].Give(Three.Enter("CN=Bank A", 1, [ring[1]], signers: 1));
        _network.Nodes[0].Give(new Authorities(3, 2, first: 700).Enter("CN=Bank A", 1, ring[1]));
        var forged = (AuthorityStatement)Three.Enter("CN=Bank A", 1, [ring[1]], signers: 0);
        foreach (var key in Three.Keys)
        {
            forged = forged.WithSignature(key, new byte[64]);
        }

        _network.Nodes[0].Give(forged);
        _network.Run(10);
        Assert.Equal(0, Maps("CN=Bank A"));
        Assert.Equal(1, _network.Nodes[0].Core.Count(TopologyCounter.BadSignature));
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    public void The_greatest_number_counts_and_an_entry_without_address_takes_a_name_out()
    {
        var ring = Ring(4);
        Give(0, Three.Enter("CN=Bank A", 5, ring[1]));
        Give(2, Three.Enter("CN=BANK A", 6, ring[2]));
        Give(1, Three.Enter("CN=Bank A", 5, ring[3]));
        Assert.All(_network.Nodes, node => Assert.Equal((6UL, ring[2].Address), (Assert.Single(node.Core.Map.Entries).Number, node.Core.Map.Entries[0].Addresses[0])));
        Give(1, Three.Enter("CN=Bank A", 7));
        Assert.All(_network.Nodes, node => Assert.Equal(MapLookupOutcome.Unknown, node.Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-23")]
    public void Two_entries_of_one_number_are_held_everywhere_and_neither_is_used_until_the_next()
    {
        var ring = Ring(5);
        _network.Nodes[0].Give(Three.Enter("CN=Bank A", 1, ring[1]));
        _network.Nodes[2].Give(Three.Enter("CN=Bank A", 1, ring[2]));
        _network.Run(70);
        Assert.All(_network.Nodes, node => Assert.Equal(MapLookupOutcome.Contradicted, node.Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome));
        Assert.All(_network.Nodes, node => Assert.Equal(2, node.Statements.OfType<MapEntry>().Count()));
        Assert.All(_network.Nodes, node => Assert.Null(node.Core.Map.NameOf(ring[1].Address)));
        Give(4, Three.Enter("CN=Bank A", 2, ring[3]));
        Assert.All(_network.Nodes, node => Assert.Equal(MapLookupOutcome.Found, node.Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-24")]
    [Trait("Spec", "ADM-25")]
    public void Halves_that_were_apart_have_one_map_when_they_meet_and_a_new_node_gets_all_of_it()
    {
        // Ideal signatures: what is looked at is who hears of what.
        var network = new VirtualNetwork(4, isIdeal: true);
        for (var i = 0; i < 4; i++)
        {
            Add(network, i);
        }

        network.Connect(0, 1);
        network.Connect(2, 3);
        network.Run(2);
        for (var i = 0; i < 700; i++)
        {
            network.Nodes[i % 2 == 0 ? 0 : 3].Give(Three.Enter($"CN=Bank {i}", 1, new TestIdentity(i % 9)));
        }

        network.Run(30);
        Assert.Equal([350, 350, 350, 350], network.Nodes.Select(node => node.Core.Map.Entries.Length));
        network.Connect(1, 2);
        Assert.InRange(network.RunUntil(() => network.Nodes.All(node => node.Core.Map.Entries.Length == 700), 60), 0, 60);
        Add(network, 4);
        network.Connect(4, 0);
        Assert.InRange(network.RunUntil(() => network.Nodes[4].Core.Map.Entries.Length == 700, 60), 0, 60);
        Assert.Empty(network.Faults);

        // Whoever has the same is asked nothing but whether he has.
        network.Run(70);
        var before = network.Nodes.Sum(node => node.BytesSent);
        network.Run(60);
        var perNodeSecond = (network.Nodes.Sum(node => node.BytesSent) - before) / 5.0 / 60;
        Assert.InRange(perNodeSecond, 0, 100);
    }

    [Fact]
    [Trait("Spec", "ADM-24")]
    public void News_that_was_lost_on_the_way_is_found_within_a_round()
    {
        Ring(3);
        _network.Disconnect(1, 2);
        _network.Loses = static (from, to, cell) => from == 0 && to == 1 && cell.Length > 1 && cell[1] == (byte)GossipKind.MapNames;
        Give(0, Three.Enter("CN=Bank A", 1, new TestIdentity(1)));
        Assert.Equal(2, Maps("CN=Bank A"));
        _network.Loses = static (_, _, _) => false;
        Assert.InRange(_network.RunUntil(() => Maps("CN=Bank A") == 3, 90), 0, 66);
    }

    [Fact]
    [Trait("Spec", "ADM-24")]
    public void Whose_end_of_a_link_comes_up_later_is_told_at_once_all_the_same()
    {
        var ring = Ring(2);
        Give(0, Three.Enter("CN=Bank A", 1, ring[1]));
        _ = Add(_network, 2);
        var lost = 0;
        _network.Loses = (from, to, cell) => (from, to) == (0, 2) && cell[1] == (byte)GossipKind.MapSummary && lost++ == 0;
        _network.Connect(0, 2);
        Assert.InRange(_network.RunUntil(() => Maps("CN=Bank A") == 3, 30), 0, 1);
        Assert.True(lost > 0);
    }

    [Fact]
    [Trait("Spec", "ADM-25")]
    public void A_restarted_node_has_the_map_that_it_stored()
    {
        var ring = Ring(2);
        Give(0, Three.Enter("CN=Bank A", 1, ring[1]));
        var options = Three.Options(ring[0], Three.Admit(ring[0]));
        var alone = new VirtualNetwork(8);
        _ = alone.Add(ring[0], options: options with { Admission = options.Admission! with { Stored = _network.Nodes[0].Statements } });
        Assert.Equal(MapLookupOutcome.Found, alone.Nodes[0].Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome);
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    public void An_entry_goes_when_its_time_is_over_and_when_its_signers_are_no_authorities_any_more()
    {
        var ring = Ring(3);
        var successors = new Authorities(3, 2, first: 700);
        var end = Authorities.VirtualNetworkStart + 60_000;
        Give(0, Three.Enter("CN=Short", 1, [ring[1]], notAfter: end));
        Give(0, Three.Enter("CN=Old", 1, ring[1]));

        // Who is to be an authority can sign beforehand.
        _network.Nodes[1].Give(Three.Sign(successors.Parameters(2, activation: end + 20_000)));
        _network.Run(3);
        Give(0, successors.Sign(Three.Enter("CN=Both", 1, ring[2])));
        Assert.All(_network.Nodes, node => Assert.Equal(3, node.Core.Map.Entries.Length));
        _ = _network.RunUntil(() => Now().UnixMillis >= end, 100);
        _network.Run(1);
        Assert.All(_network.Nodes, node => Assert.Equal(2, node.Core.Map.Entries.Length));
        _ = _network.RunUntil(() => Now().UnixMillis >= end + 20_000, 100);
        _network.Run(3);
        Assert.All(_network.Nodes, node => Assert.Equal("CN=Both", Assert.Single(node.Core.Map.Entries).Name.Text));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-26")]
    public void A_revoked_address_is_not_found_by_name()
    {
        var ring = Ring(3);
        Give(0, Three.Enter("CN=Bank A", 1, ring[1]));
        Give(2, Three.Revoke(1, ring[1]));
        Assert.Equal(MapLookupOutcome.Revoked, _network.Nodes[0].Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome);
    }

    [Fact]
    [Trait("Spec", "ADM-24")]
    public void What_one_neighbour_has_signed_by_too_few_is_asked_of_another_that_has_it_whole()
    {
        var ring = Ring(3);
        var (weak, whole) = (Three.Enter("CN=Bank A", 1, [ring[1]], signers: 1), Three.Enter("CN=Bank A", 1, ring[1]));
        Say(1, [(byte)GossipKind.MapNames, 0, 0, 0, 0, 0, 1, 0, .. Name(weak)]);
        Say(1, [(byte)GossipKind.MapEntries, 1, 0, 0, 0, 1, 1, .. BitConverter.GetBytes((ushort)weak.Encoded.Length), .. weak.Encoded.Span]);
        Assert.Equal(1, _network.Nodes[0].Core.Count(TopologyCounter.StatementsRefused));
        Say(2, [(byte)GossipKind.MapNames, 0, 0, 0, 0, 0, 1, 0, .. Name(whole)]);
        Say(2, [(byte)GossipKind.MapEntries, 1, 0, 0, 0, 1, 1, .. BitConverter.GetBytes((ushort)whole.Encoded.Length), .. whole.Encoded.Span]);
        Assert.InRange(_network.RunUntil(() => Maps("CN=Bank A") == 3, 10), 0, 1);

        void Say(int neighbour, byte[] message)
        {
            var node = _network.Nodes[0];
            foreach (var cell in Cells(message))
                Assert.Equal(TopologyFault.None, node.Core.HandleMessage(ring[neighbour].Address, cell, Now(), ref node));
        }

        static byte[] Name(MapStatement statement)
        {
            var name = new byte[RecordHash.Bytes];
            statement.NameIn(TestNetwork.Definition.Id).CopyTo(name);
            return name;
        }
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    [Trait("Spec", "ADM-29")]
    public void More_signatures_spread_so_that_what_is_held_outlives_a_change_of_the_authorities()
    {
        var ring = Ring(4);
        var others = new Authorities(3, 2, first: 700);
        var entry = Three.Enter("CN=Bank A", 1, ring[1]);
        var succession = Three.Succeed(ring[2], new TestIdentity(77), 1);
        Give(0, entry);
        Give(0, succession);
        Give(2, Three.Sign(entry, 3));
        Give(3, Three.Sign(succession, 3));
        Assert.All(_network.Nodes, node => Assert.All(node.Statements.OfType<MapStatement>(), held => Assert.Equal(3, held.CountSigners(Three.Keys))));

        // Signatures of those who aren't authorities yet change nothing; when they are, they count.
        Give(1, others.Sign(entry));
        Give(1, Three.Sign(others.Parameters(2)));
        Assert.All(_network.Nodes, node => Assert.Equal(0, Maps("CN=Bank A")));
        Give(1, others.Sign(entry));
        Give(1, others.Sign(succession));
        Assert.Equal(4, Maps("CN=Bank A"));
        _ = Add(_network, 4, others.Parameters(2));
        _network.Connect(4, 0);
        Assert.InRange(_network.RunUntil(() => Maps("CN=Bank A") == 5 && !_network.Nodes[4].Core.Map.Successions.IsEmpty, 30), 0, 5);
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-24")]
    public void Many_entries_at_once_are_named_together_and_nobody_is_told_what_he_has_named()
    {
        var network = new VirtualNetwork(5, isIdeal: true);
        for (var i = 0; i < 5; i++)
        {
            Add(network, i);
        }

        for (var i = 0; i < 5; i++)
        {
            for (var other = 0; other < i; other++)
            {
                network.Connect(i, other);
            }
        }

        network.Run(70);
        var named = 0;
        network.Loses = (_, _, cell) =>
        {
            named += cell.Length > 6 && cell[1] == (byte)GossipKind.MapNames && cell[2] == 0 && cell[3] == 0 ? 1 : 0;
            return false;
        };
        for (var i = 0; i < 200; i++)
        {
            network.Nodes[0].Give(Three.Enter($"CN=Bank {i}", 1, new TestIdentity(i % 9)));
        }

        Assert.InRange(network.RunUntil(() => network.Nodes.All(node => node.Core.Map.Entries.Length == 200), 30), 0, 10);
        network.Run(5);
        Assert.InRange(named, 4, 120);
        Assert.All(network.Nodes, node => Assert.Equal(0, node.Core.Count(TopologyCounter.PullsRefused)));
        Assert.Empty(network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-28")]
    [Trait("Spec", "ADM-31")]
    public void A_succession_given_to_one_node_holds_everywhere_from_its_time_on()
    {
        var ring = Ring(6);
        var next = new TestIdentity(77);
        Give(3, Three.Enter("CN=Bank A", 1, ring[4]));
        _network.Nodes[0].Give(Three.Succeed(ring[4], next, 1, notBefore: Now().UnixMillis + 30_000));
        _network.Run(2);
        Assert.All(_network.Nodes, node => Assert.Single(node.Statements.OfType<Succession>()));
        Assert.All(_network.Nodes, node => Assert.True(node.Core.Map.Successions.IsEmpty));
        _network.Run(30);
        Assert.All(_network.Nodes, node => Assert.Equal(next.Address, node.Core.Map.Successions.Last(ring[4].Address)));
        Assert.All(_network.Nodes, node => Assert.Equal("CN=Bank A", node.Core.Map.NameOf(next.Address)!.Text));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-26")]
    public void An_address_is_found_by_name_again_when_its_revocation_ends()
    {
        var ring = Ring(3);
        Give(0, Three.Enter("CN=Bank A", 1, ring[1]));
        Give(2, Three.Revoke(1, [new RevokedAddress(ring[1].Address, Now().UnixMillis + 10_000)]));
        Assert.Equal(MapLookupOutcome.Revoked, _network.Nodes[0].Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome);
        _network.Run(10);
        Assert.Equal(MapLookupOutcome.Found, _network.Nodes[0].Core.Map.Find(LegalNameTests.Name("CN=Bank A")).Outcome);
    }

    [Theory]
    [Trait("Spec", "ADM-24")]
    [InlineData("09", TopologyFault.MalformedMessage)]
    [InlineData("0a00000000", TopologyFault.MalformedMessage)]
    [InlineData("0b00000000000000", TopologyFault.MalformedMessage)]
    [InlineData("0b0100000001", TopologyFault.MalformedMessage)]
    [InlineData("0b63000000000000", TopologyFault.Unsolicited)]
    [InlineData("0c0100000000", TopologyFault.MalformedMessage)]
    [InlineData("0d6300000001", TopologyFault.MalformedMessage)]
    [InlineData("0d630000000100", TopologyFault.Unsolicited)]
    [InlineData("0d000000000100", TopologyFault.MalformedMessage)]
    [InlineData("0e", TopologyFault.MalformedMessage)]
    public void A_message_out_of_form_or_out_of_turn_is_a_fault(string hex, TopologyFault expected)
    {
        var ring = Ring(3);
        var node = _network.Nodes[0];
        Assert.Equal(expected, node.Core.HandleMessage(ring[1].Address, [0, .. Convert.FromHexString(hex)], Now(), ref node));
    }

    private TestIdentity[] Ring(int count)
    {
        var ring = Enumerable.Range(0, count).Select(i => Add(_network, i)).ToArray();
        for (var i = 0; i < count; i++)
        {
            _network.Connect(i, (i + 1) % count);
        }

        _network.Run(2);
        return ring;
    }

    // As the gossip writer splits a message.
    private static IEnumerable<byte[]> Cells(byte[] message)
    {
        const int Room = TestNetwork.CellContent - 1;
        for (var at = 0; at < message.Length; at += Room)
        {
            yield return [at + Room < message.Length ? GossipWriter.MoreFlag : (byte)0, .. message.AsSpan(at, Math.Min(Room, message.Length - at))];
        }
    }

    private static TestIdentity Add(VirtualNetwork network, int number, SignedParameters? parameters = null)
    {
        var identity = new TestIdentity(number);
        _ = network.Add(identity, options: Three.Options(identity, Three.Admit(identity), parameters));
        return identity;
    }

    private void Give(int node, AuthorityStatement statement)
    {
        _network.Nodes[node].Give(statement);
        _network.Run(3);
    }

    private int Maps(string name) => _network.Nodes.Count(node => node.Core.Map.EntryOf(LegalNameTests.Name(name)) is not null);

    private Moment Now() => new(_network.Micros, Authorities.VirtualNetworkStart + (_network.Micros / 1000));
}
