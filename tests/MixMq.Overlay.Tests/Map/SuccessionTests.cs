using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Map;

/// <summary>Successor statements: canonical, believed of the right signers alone, and put together to rows that lead one way.</summary>
public sealed class SuccessionTests
{
    private static readonly Authorities Three = new(3, 2);
    private static readonly TestIdentity[] Keys = [.. Enumerable.Range(50, 24).Select(number => new TestIdentity(number))];
    private readonly NetworkGovernance _governance;
    private readonly NetworkMap _map;

    public SuccessionTests()
    {
        var options = Three.Options(new TestIdentity(0), certificate: null);
        _governance = new NetworkGovernance(options);
        _map = new NetworkMap(options, _governance);
    }

    [Theory]
    [Trait("Spec", "ADM-28")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_statement_is_read_back_as_it_was_made_and_no_bit_of_it_can_change(bool isEmergency)
    {
        var random = new SeededRandomSource(3);
        var succession = Three.Succeed(Keys[0], Keys[1], 7, isEmergency, notBefore: 5);
        Assert.Equal(StatementError.None, AuthorityStatement.TryParse(succession.Encoded.Span, out var read));
        var again = Assert.IsType<Succession>(read);
        Assert.Equal((7UL, 5L, isEmergency, Keys[0].Address, Keys[1].Address), (again.Number, again.NotBeforeUnixMillis, again.IsEmergency, again.Old, again.New));
        Assert.True(again.VerifySignatures(TestNetwork.Definition.Id));
        for (var i = 0; i < 100; i++)
        {
            var bytes = succession.Encoded.ToArray();
            var bit = random.NextInt32(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(
                AuthorityStatement.TryParse(bytes, out var changed) != StatementError.None || !changed!.VerifySignatures(TestNetwork.Definition.Id)
                || !changed.IsSignedByEnough(Three.Keys, Three.Threshold), $"bit {bit}");
        }

        for (var length = 0; length < succession.Encoded.Length; length++)
        {
            Assert.NotEqual(StatementError.None, AuthorityStatement.TryParse(succession.Encoded.Span[..length], out _));
        }
    }

    [Fact]
    [Trait("Spec", "ADM-28")]
    public void Limits_are_kept()
    {
        var (one, other) = (Keys[0].Address, Keys[1].Address);
        Assert.Equal(StatementError.InvalidAddresses, Succession.TryCreate(one, one, 1, 0, isEmergency: false, out _));
        Assert.Equal(StatementError.InvalidNumber, Succession.TryCreate(one, other, 0, 0, isEmergency: false, out _));
        Assert.Equal(StatementError.InvalidTimes, Succession.TryCreate(one, other, 1, 1L << 62, isEmergency: false, out _));
        Assert.Equal(StatementError.TooLong, Succession.TryParse(new byte[MapLimits.MaxSuccessionBytes + 1], out _));
        Assert.Equal(StatementError.None, Succession.TryCreate(one, other, 1, 0, isEmergency: false, out var succession));
        var bytes = succession!.Encoded.ToArray();
        bytes[18] = 2;
        Assert.Equal(StatementError.InvalidFlags, Succession.TryParse(bytes, out _));
    }

    [Fact]
    [Trait("Spec", "ADM-29")]
    public void The_threshold_and_both_keys_sign_and_in_an_emergency_the_threshold_and_the_new_key()
    {
        Assert.Equal(StatementVerdict.Wanted, Judge(Three.Succeed(Keys[0], Keys[1], 1)));
        Assert.Equal(StatementVerdict.Wanted, Judge(Three.Succeed(Keys[0], Keys[1], 1, isEmergency: true)));
        Assert.Equal(StatementVerdict.Untrusted, Judge(Three.Succeed(Keys[0], Keys[1], 1, signers: 1)));
        Assert.Equal(StatementVerdict.Untrusted, Judge(Three.Succeed(Keys[0], Keys[1], 1, isEmergency: true, signers: 1)));

        // Without the old key it isn't an ordinary one, however many authorities sign; without the new one it is nothing.
        Assert.Equal(StatementError.None, Succession.TryCreate(Keys[0].Address, Keys[1].Address, 1, 0, isEmergency: false, out var unsigned));
        Assert.Equal(StatementVerdict.Untrusted, Judge((Succession)Signed(Three.Sign(unsigned!, 3), Keys[1])));
        Assert.Equal(StatementVerdict.Untrusted, Judge((Succession)Signed(Three.Sign(unsigned!, 3), Keys[0])));
        Assert.Equal(StatementVerdict.Wanted, Judge((Succession)Signed(Signed(Three.Sign(unsigned!, 2), Keys[0]), Keys[1])));
    }

    [Fact]
    [Trait("Spec", "ADM-31")]
    public void Rows_lead_from_any_address_to_the_first_and_the_last()
    {
        Take(Three.Succeed(Keys[1], Keys[2], 1, isEmergency: true, notBefore: 2));
        Take(Three.Succeed(Keys[0], Keys[1], 1, notBefore: 1));
        var rows = View().Successions;
        Assert.All(Keys[..3], key => Assert.Equal((Keys[0].Address, Keys[2].Address, true), (rows.First(key.Address), rows.Last(key.Address), rows.IsByEmergency(key.Address))));
        Assert.Equal(Keys[..3].Select(key => key.Address), rows.All(Keys[1].Address));
        Assert.Equal((Keys[5].Address, Keys[5].Address, false), (rows.First(Keys[5].Address), rows.Last(Keys[5].Address), rows.IsByEmergency(Keys[5].Address)));
    }

    [Fact]
    [Trait("Spec", "ADM-31")]
    public void No_row_leads_back_merges_with_another_or_goes_on_without_end()
    {
        Take(Three.Succeed(Keys[0], Keys[1], 1, notBefore: 1));
        Take(Three.Succeed(Keys[1], Keys[0], 1, notBefore: 2));
        Take(Three.Succeed(Keys[2], Keys[1], 1, notBefore: 3));
        for (var i = 3; i < 3 + MapLimits.MaxSuccessors + 1; i++)
        {
            Take(Three.Succeed(Keys[i], Keys[i + 1], 1, notBefore: i));
        }

        var view = View();
        Assert.Equal((Keys[1].Address, Keys[1].Address, Keys[2].Address), (view.Successions.Last(Keys[0].Address), view.Successions.Last(Keys[1].Address), view.Successions.Last(Keys[2].Address)));
        Assert.Equal(Keys[3 + MapLimits.MaxSuccessors].Address, view.Successions.Last(Keys[3].Address));
        Assert.Equal(SuccessionUse.LeadsBack, Use(view, Keys[1]));
        Assert.Equal(SuccessionUse.Merges, Use(view, Keys[2]));
        Assert.Equal(SuccessionUse.TooMany, Use(view, Keys[3 + MapLimits.MaxSuccessors]));
        Assert.Equal(MapLimits.MaxSuccessors + 1, view.ListedSuccessions.Count(listed => listed.Use == SuccessionUse.InUse));
    }

    [Fact]
    [Trait("Spec", "ADM-30")]
    public void Of_one_old_address_the_greatest_number_counts_and_a_contradiction_counts_not_at_all()
    {
        Take(Three.Succeed(Keys[0], Keys[1], 1));
        Assert.Equal(Keys[1].Address, View().Successions.Last(Keys[0].Address));
        Take(Three.Succeed(Keys[0], Keys[2], 1));
        Assert.Equal(Keys[0].Address, View().Successions.Last(Keys[0].Address));
        Assert.Equal(2, View().ListedSuccessions.Count(listed => listed.Use == SuccessionUse.Contradicted));
        Assert.Equal(StatementVerdict.Known, Judge(Three.Succeed(Keys[0], Keys[3], 1)));
        Take(Three.Succeed(Keys[0], Keys[3], 2));
        Assert.Equal(Keys[3].Address, View().Successions.Last(Keys[0].Address));
        Assert.Equal(StatementVerdict.Known, Judge(Three.Succeed(Keys[0], Keys[1], 1)));
    }

    [Fact]
    [Trait("Spec", "ADM-30")]
    public void An_old_key_and_one_authority_can_neither_undo_a_statement_nor_put_others_in_front_of_it_nor_take_up_room()
    {
        Take(Three.Succeed(Keys[0], Keys[1], 1, isEmergency: true, notBefore: 5));
        Assert.Equal(StatementVerdict.Untrusted, Judge(Three.Succeed(Keys[0], Keys[2], 9, signers: 1)));
        Assert.Equal(StatementVerdict.Untrusted, Judge(Three.Succeed(Keys[3], Keys[0], 1, signers: 1)));
        Assert.Equal((Keys[0].Address, Keys[1].Address), (View().Successions.First(Keys[1].Address), View().Successions.Last(Keys[0].Address)));
    }

    [Fact]
    [Trait("Spec", "ADM-30")]
    public void One_that_begins_later_leaves_the_one_before_it_in_use_till_then_after_a_restart_too()
    {
        Take(Three.Succeed(Keys[0], Keys[1], 1));
        Take(Three.Succeed(Keys[0], Keys[2], 2, notBefore: Now().UnixMillis + 10));
        Take(Three.Succeed(Keys[0], Keys[3], 3, notBefore: Now().UnixMillis + 20));
        var options = Three.Options(new TestIdentity(0), certificate: null);
        var again = new NetworkMap(options with { Admission = options.Admission! with { Stored = [.. _map.Stored] } }, _governance);
        again.Start(Now());
        foreach (var map in (NetworkMap[])[_map, again])
        {
            Assert.Equal(1, map.Count);
            Assert.Equal(Keys[1].Address, map.View(Now()).Successions.Last(Keys[0].Address));
            Assert.Equal(Keys[3].Address, map.View(Now(20)).Successions.Last(Keys[0].Address));
        }
    }

    [Fact]
    [Trait("Spec", "ADM-25")]
    public void Signatures_of_authorities_add_up_whoever_brings_them_and_others_are_cut_off()
    {
        var whole = Three.Succeed(Keys[0], Keys[1], 1, signers: 3);
        var strangers = (Succession)Signed(Three.Succeed(Keys[0], Keys[1], 1), Keys[9]);
        Assert.Equal(StatementVerdict.Wanted, Judge(strangers));
        var held = _map.Take(strangers, Now());
        Assert.Equal(4, held.SignatureCount);
        Assert.Equal(StatementVerdict.Known, Judge(strangers));
        Assert.Equal(StatementVerdict.Known, Judge((Succession)Signed(strangers, Keys[10])));

        // One more of an authority is wanted, though less than what is held comes with it.
        Assert.Equal(StatementError.None, Succession.TryCreate(Keys[0].Address, Keys[1].Address, 1, 0, isEmergency: false, out var less));
        var third = whole.Signers.Single(signer => Three.Keys.Contains(signer) && !held.Signers.Contains(signer));
        Take((Succession)Signed(Signed(less!, Keys[0]), Keys[1]).WithSignature(third, whole.SignatureAt(whole.Signers.IndexOf(third))));
        Assert.Equal(whole.Encoded.ToArray(), Assert.Single(_map.Statements).Encoded.ToArray());
        Assert.True(Assert.Single(_map.Statements).VerifySignatures(TestNetwork.Definition.Id));
        Assert.Equal(StatementVerdict.Known, Judge(whole));
    }

    [Fact]
    [Trait("Spec", "ADM-32")]
    public void A_succession_outlasts_that_the_old_address_is_revoked_and_that_the_authorities_change()
    {
        var successors = new Authorities(3, 2, first: 700);
        Take(Three.Succeed(Keys[2], Keys[3], 1, isEmergency: true));
        Assert.True(_governance.Take(Three.Revoke(1, Keys[0], Keys[2]), Now()));
        Assert.True(_governance.Take(Three.Sign(successors.Parameters(2)), Now()));
        Assert.False(_map.Sweep(Now(), judges: true));
        Assert.Equal(SuccessionUse.InUse, Use(View(), Keys[2]));
        Assert.Equal(StatementVerdict.Untrusted, Judge(Three.Succeed(Keys[2], Keys[4], 9, signers: 3)));
    }

    [Fact]
    [Trait("Spec", "ADM-32")]
    public void Legal_names_follow_the_row_and_who_is_revoked_at_its_end_has_none()
    {
        Take(Three.Succeed(Keys[2], Keys[3], 1));
        Assert.True(_governance.Take(Three.Revoke(1, Keys[0], Keys[2]), Now()));

        _ = _map.Take(Three.Enter("CN=A", 1, Keys[0]), Now());
        _ = _map.Take(Three.Enter("CN=B", 1, Keys[2]), Now());
        Assert.Equal(MapLookupOutcome.Revoked, View().Find(LegalNameTests.Name("CN=A")).Outcome);
        Assert.Equal(Keys[2].Address, Assert.Single(View().Find(LegalNameTests.Name("CN=B")).Addresses));
        Assert.Equal("CN=B", View().NameOf(Keys[3].Address)!.Text);
        Assert.Equal([Keys[2].Address], View().Addresses);
    }

    [Fact]
    [Trait("Spec", "ADM-31")]
    public void Its_time_must_have_come_and_no_change_of_the_authorities_ends_it()
    {
        var successors = new Authorities(3, 2, first: 700);
        Take(Three.Succeed(Keys[0], Keys[1], 1, notBefore: Now().UnixMillis + 10));
        Assert.Equal(SuccessionUse.NotYet, Use(View(), Keys[0]));
        Assert.Equal(Now().UnixMillis + 10, _map.NextChange(Now()));
        Assert.Equal(SuccessionUse.InUse, Use(_map.View(Now(10)), Keys[0]));
        Assert.True(_governance.Take(Three.Sign(successors.Parameters(2)), Now()));
        Assert.False(_map.Sweep(Now(10), judges: true));
        Assert.Equal(Keys[1].Address, _map.View(Now(10)).Successions.Last(Keys[0].Address));

        // It is believed after a restart, too; who hears of it for the first time asks for those in force.
        var options = Three.Options(new TestIdentity(0), certificate: null, successors.Parameters(2));
        var governance = new NetworkGovernance(options);
        var again = new NetworkMap(options with { Admission = options.Admission! with { Stored = [.. _map.Stored] } }, governance);
        Assert.Equal(StatementVerdict.Untrusted, again.Judge((Succession)_map.Stored.First(), Now()));
        again.Start(Now(10));
        Assert.Equal(1, again.Count);
    }

    [Fact]
    [Trait("Spec", "ADM-30")]
    public void There_is_room_for_so_many()
    {
        for (var i = 0; i < MapLimits.MaxSuccessions; i++)
        {
            _ = _map.Take(Unverified(i), Now());
        }

        Assert.Equal(StatementVerdict.Untrusted, Judge(Unverified(MapLimits.MaxSuccessions)));
        Assert.Equal(StatementVerdict.Wanted, Judge(Unverified(3, 2)));
        Assert.Equal(StatementVerdict.Wanted, _map.Judge(Three.Enter("CN=A", 1, Keys[0]), Now()));
    }

    private static Succession Unverified(int from, ulong number = 1)
    {
        var signature = new byte[64];
        var (old, successor) = (new byte[32], new byte[32]);
        (old[0], old[1], successor[0], successor[1], successor[2]) = ((byte)from, (byte)(from >> 8), (byte)from, (byte)(from >> 8), 1);
        Assert.Equal(StatementError.None, Succession.TryCreate(NodeAddress.FromBytes(old), NodeAddress.FromBytes(successor), number, 0, isEmergency: false, out var succession));
        return (Succession)succession!.WithSignature(succession.Old, signature).WithSignature(succession.New, signature).WithSignature(Three.Keys[0], signature).WithSignature(Three.Keys[1], signature);
    }

    private static AuthorityStatement Signed(AuthorityStatement statement, TestIdentity key) =>
        statement.WithSignature(key.Address, key.Sign(statement.SignedMessage(TestNetwork.Definition.Id)));

    private static Moment Now(long millis = 0) => new(0, Authorities.VirtualNetworkStart + millis);

    private static SuccessionUse Use(NetworkMapView view, TestIdentity old) => view.ListedSuccessions.Single(listed => listed.Statement.Old == old.Address).Use;

    private NetworkMapView View() => _map.View(Now());

    private StatementVerdict Judge(MapStatement statement) => _map.Judge(statement, Now());

    private void Take(Succession succession)
    {
        Assert.Equal(StatementVerdict.Wanted, Judge(succession));
        _ = _map.Take(succession, Now());
    }
}
