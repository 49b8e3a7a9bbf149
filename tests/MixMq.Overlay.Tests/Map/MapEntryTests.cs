using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Simulation;

namespace MixMq.Overlay.Tests.Map;

/// <summary>Entries of the map: canonical, bounded, and worth nothing when a bit of them is changed; and what a view of them says of a name.</summary>
public sealed class MapEntryTests
{
    private static readonly Authorities Three = new(3, 2);

    [Fact]
    [Trait("Spec", "ADM-21")]
    public void An_entry_is_read_back_as_it_was_made()
    {
        var entry = Three.Enter("CN=Bank Ä,C=DE", 7, new TestIdentity(2), new TestIdentity(1));
        Assert.Equal(StatementError.None, AuthorityStatement.TryParse(entry.Encoded.Span, out var read));
        var again = Assert.IsType<MapEntry>(read);
        Assert.Equal(("CN=Bank Ä,C=DE", 7UL, Authorities.Forever), (again.Name.Text, again.Number, again.NotAfterUnixMillis));
        Assert.Equal(new[] { new TestIdentity(1).Address, new TestIdentity(2).Address }.Order(), again.Addresses);
        Assert.True(again.VerifySignatures(TestNetwork.Definition.Id));
        Assert.Equal(entry.Encoded.ToArray(), again.Encoded.ToArray());
    }

    [Fact]
    [Trait("Spec", "ADM-21")]
    public void A_changed_bit_is_refused_or_breaks_a_signature()
    {
        var random = new SeededRandomSource(3);
        var entry = Three.Enter("CN=Bank Ä,C=DE", 7, new TestIdentity(2));
        for (var i = 0; i < 100; i++)
        {
            var bytes = entry.Encoded.ToArray();
            var bit = random.NextInt32(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(
                AuthorityStatement.TryParse(bytes, out var statement) != StatementError.None || !statement!.VerifySignatures(TestNetwork.Definition.Id)
                || statement.CountSigners(Three.Keys) < Three.Threshold, $"bit {bit}");
        }

        for (var length = 0; length < entry.Encoded.Length; length++)
        {
            Assert.NotEqual(StatementError.None, AuthorityStatement.TryParse(entry.Encoded.Span[..length], out _));
        }
    }

    [Fact]
    [Trait("Spec", "ADM-21")]
    public void Limits_are_kept_and_a_name_in_another_form_is_refused()
    {
        var name = LegalNameTests.Name("CN=A");
        Assert.Equal(StatementError.InvalidAddresses, MapEntry.TryCreate(name, Enumerable.Range(0, MapLimits.MaxAddresses + 1).Select(i => new TestIdentity(i).Address), 1, 1, out _));
        Assert.Equal(StatementError.None, MapEntry.TryCreate(name, Enumerable.Range(0, MapLimits.MaxAddresses).Select(i => new TestIdentity(i).Address), 1, 1, out _));
        Assert.Equal(StatementError.None, MapEntry.TryCreate(name, [], 1, 1, out var entry));
        Assert.Equal(StatementError.InvalidNumber, MapEntry.TryCreate(name, [], 0, 1, out _));
        Assert.Equal(StatementError.InvalidTimes, MapEntry.TryCreate(name, [], 1, 1L << 62, out _));
        Assert.Equal(StatementError.TooLong, MapEntry.TryParse(new byte[MapLimits.MaxEntryBytes + 1], out _));
        var body = entry!.Encoded.ToArray();
        body[^5] = (byte)'c';
        Assert.Equal(StatementError.InvalidName, MapEntry.TryParse(body, out _));
        body[^5] = (byte)'C';
        body[^2] = 0xff;
        Assert.Equal(StatementError.InvalidName, MapEntry.TryParse(body, out _));
    }

    [Fact]
    [Trait("Spec", "ADM-22")]
    [Trait("Spec", "ADM-26")]
    public void A_whole_name_finds_its_one_address_and_everything_else_says_why_not()
    {
        TestIdentity[] nodes = [.. Enumerable.Range(0, 5).Select(i => new TestIdentity(i))];
        var view = new NetworkMapView(
            isGoverned: true,
            [
                Three.Enter("CN=Bank A,C=GB", 1, nodes[0]), Three.Enter("CN=Bank B,C=GB", 1, nodes[1], nodes[2]), Three.Enter("CN=Gone", 1),
                Three.Enter("CN=Twice", 1, nodes[3]), Three.Enter("CN=Out", 1, nodes[4]), Three.Enter("CN=B\u0430nk A,C=GB", 1, nodes[3]),
            ],
            [LegalNameTests.Name("CN=Twice")],
            [nodes[4].Address],
            Successions.None,
            []);
        Assert.Equal(nodes[0].Address, Assert.Single(Find("cn=BANK a, c=gb").Addresses));
        Assert.Equal((MapLookupOutcome.SeveralAddresses, 2), (Find("CN=Bank B,C=GB").Outcome, Find("CN=Bank B,C=GB").Addresses.Length));
        Assert.Equal(MapLookupOutcome.Contradicted, Find("CN=Twice").Outcome);
        Assert.Equal(MapLookupOutcome.Revoked, Find("CN=Out").Outcome);
        Assert.Null(view.NameOf(nodes[4].Address));
        Assert.Equal(nodes[..3].Select(node => node.Address).Append(nodes[3].Address).ToHashSet(), view.Addresses.ToHashSet());
        Assert.Equal(MapLookupOutcome.Unknown, Find("CN=Gone").Outcome);
        Assert.Equal((MapLookupOutcome.Unknown, "CN=Bank A,C=GB"), (Find("CN=Bank A").Outcome, Assert.Single(Find("CN=Bank A").Others).Text));
        Assert.Equal(2, Find("CN=Bank \u0391,C=GB").Others.Length);
        Assert.Equal(MapLookupOutcome.NoMap, NetworkMapView.None.Find(LegalNameTests.Name("CN=Bank A,C=GB")).Outcome);
        Assert.Equal("CN=Bank A,C=GB", view.NameOf(nodes[0].Address)!.Text);
        Assert.Equal("CN=B\u0430nk A,C=GB", Assert.Single(view.LookAlikesOf(LegalNameTests.Name("CN=Bank A,C=GB"))).Text);
        MapLookup Find(string text) => view.Find(LegalNameTests.Name(text));
    }
}
