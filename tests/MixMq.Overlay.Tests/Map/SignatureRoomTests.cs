using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Map;

/// <summary>
/// Sixteen authorities, sixteen others to come, and a succession's two keys: two signatures more than a statement has room for, all of which hold.
/// </summary>
public sealed class SignatureRoomTests
{
    private const long Change = Authorities.VirtualNetworkStart + 1_000_000;
    private static readonly Authorities Present = new(16, 9);
    private static readonly Authorities Next = new(16, 2, first: 700);
    private static readonly TestIdentity Old = new(50);
    private static readonly TestIdentity New = new(51);
    private static readonly ImmutableArray<NodeAddress> PresentKeys = [.. Present.Keys.Order()];
    private static readonly ImmutableArray<NodeAddress> NextKeys = [.. Next.Keys.Order()];
    private static readonly Dictionary<NodeAddress, byte[]> Signatures = AllSignatures();

    [Theory]
    [Trait("Spec", "ADM-34")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void In_whatever_order_they_come_the_same_are_kept_and_those_that_count_now_before_those_to_come(long seed)
    {
        var random = new SeededRandomSource(seed);
        var (map, governance) = Map();
        Succession? held = null;
        foreach (var part in Shuffled(Parts(), random))
        {
            var verdict = map.Judge(part, Now());
            Assert.NotEqual(StatementVerdict.Untrusted, verdict);
            if (verdict == StatementVerdict.Wanted)
            {
                held = (Succession)map.Take(part, Now());
                Assert.True(governance.IsSignedByEnough(held));
                Assert.InRange(held.SignatureCount, 1, AdmissionLimits.MaxSignatures);
            }
        }

        NodeAddress[] expected = [Old.Address, New.Address, .. PresentKeys, .. NextKeys.Take(14)];
        Assert.Equal(expected.Order(), held!.Signers.Order());
        Assert.True(held.VerifySignatures(TestNetwork.Definition.Id));
        Assert.Equal(1, map.Count);

        // There is an end to it: what there is no room for isn't verified, taken and told again and again.
        Assert.All(Parts(), part => Assert.Equal(StatementVerdict.Known, map.Judge(part, Now())));
    }

    [Fact]
    [Trait("Spec", "ADM-34")]
    public void What_has_no_room_has_none_in_an_entry_of_a_name_either_and_all_of_both_have()
    {
        var (map, _) = Map();
        var entry = Present.Enter("CN=Bank A", 1, [Old], signers: 16);
        _ = map.Take(entry, Now());
        Assert.Equal(StatementVerdict.Wanted, map.Judge(Next.Sign(entry, 16), Now()));
        Assert.Equal(32, map.Take(Next.Sign(entry, 16), Now()).SignatureCount);
    }

    [Fact]
    [Trait("Spec", "ADM-34")]
    public void Neighbours_that_heard_different_ones_come_to_hold_the_same_and_it_stays_when_the_next_are_in_force()
    {
        var network = new VirtualNetwork(21);
        var ring = Enumerable.Range(0, 4).Select(number => new TestIdentity(number)).ToArray();
        foreach (var node in ring)
        {
            _ = network.Add(node, options: Present.Options(node, Next.Sign(Present.Admit(node), 2)));
        }

        for (var i = 0; i < ring.Length; i++)
        {
            network.Connect(i, (i + 1) % ring.Length);
        }

        network.Run(2);
        network.Nodes[0].Give(Present.Sign(Next.Parameters(2, activation: Change)));
        network.Run(3);
        var parts = Parts();
        for (var i = 0; i < parts.Length; i++)
        {
            network.Nodes[i % ring.Length].Give(parts[i]);
        }

        network.Run(10);
        Assert.Empty(network.Faults);
        var first = Assert.Single(network.Nodes[0].Statements.OfType<Succession>());
        Assert.Equal(AdmissionLimits.MaxSignatures, first.SignatureCount);
        Assert.All(network.Nodes, node => Assert.Equal(first.Encoded.ToArray(), Assert.Single(node.Statements.OfType<Succession>()).Encoded.ToArray()));

        Assert.InRange(network.RunUntil(() => network.Nodes.All(node => node.Core.Admission(Now(network.Micros / 1000))!.Number == 2), 1_100), 900, 1_010);
        network.Nodes[2].Give(Statement([Old.Address, New.Address, .. NextKeys]));
        network.Run(5);
        NodeAddress[] all = [Old.Address, New.Address, .. NextKeys];
        Assert.All(network.Nodes, node => Assert.Equal(all.Order(), Assert.Single(node.Statements.OfType<Succession>()).Signers.Order()));
        Assert.All(network.Nodes, node => Assert.Equal(New.Address, node.Core.Map.Successions.Last(Old.Address)));
        Assert.Empty(network.Faults);
    }

    private static (NetworkMap Map, NetworkGovernance Governance) Map()
    {
        var options = Present.Options(new TestIdentity(0), certificate: null);
        var governance = new NetworkGovernance(options);
        Assert.True(governance.Take(Present.Sign(Next.Parameters(2, activation: Change)), Now()));
        return (new NetworkMap(options, governance), governance);
    }

    // Each with the keys and as many of the present authorities as it takes; together all that there are.
    private static Succession[] Parts() =>
    [
        Statement([Old.Address, New.Address, .. PresentKeys, .. NextKeys.Take(14)]),
        Statement([Old.Address, New.Address, .. PresentKeys, .. NextKeys.Skip(2)]),
        Statement([Old.Address, New.Address, .. PresentKeys.Take(9), .. NextKeys]),
        Statement([Old.Address, New.Address, .. PresentKeys.Skip(7), .. NextKeys]),
        Statement([Old.Address, New.Address, .. PresentKeys]),
        Statement([Old.Address, New.Address, .. PresentKeys.Skip(7), .. NextKeys.Skip(14)]),
    ];

    private static Succession Statement(IEnumerable<NodeAddress> signers) =>
        (Succession)signers.Aggregate((AuthorityStatement)Unsigned(), static (statement, signer) => statement.WithSignature(signer, Signatures[signer]));

    private static Succession Unsigned()
    {
        Assert.Equal(StatementError.None, Succession.TryCreate(Old.Address, New.Address, 1, 0, isEmergency: false, out var succession));
        return succession!;
    }

    private static Dictionary<NodeAddress, byte[]> AllSignatures()
    {
        AuthorityStatement[] signed = [Present.Sign(Unsigned(), 16), Next.Sign(Unsigned(), 16)];
        var message = Unsigned().SignedMessage(TestNetwork.Definition.Id);
        var all = signed.SelectMany(static statement => statement.Signers.Select((signer, i) => (signer, statement.SignatureAt(i).ToArray()))).ToDictionary();
        all.Add(Old.Address, Old.Sign(message));
        all.Add(New.Address, New.Sign(message));
        return all;
    }

    private static Succession[] Shuffled(Succession[] parts, SeededRandomSource random)
    {
        for (var i = parts.Length - 1; i > 0; i--)
        {
            var other = random.NextInt32(i + 1);
            (parts[i], parts[other]) = (parts[other], parts[i]);
        }

        return parts;
    }

    private static Moment Now(long millis = 0) => new(millis * 1000, Authorities.VirtualNetworkStart + millis);
}
