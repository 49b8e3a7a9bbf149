using FsCheck;
using FsCheck.Fluent;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Topology;

public sealed class LinkStateRecordTests
{
    private const long Issued = 1_800_000_000_000;
    private static readonly TestIdentity Owner = new(0);
    private static readonly TestIdentity[] Others = [.. Enumerable.Range(1, 20).Select(number => new TestIdentity(number))];
    private static readonly Config Pinned = Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(20_26, 11_21);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var drafts =
            from sequence in Gen.Choose(1, int.MaxValue)
            from flags in Gen.Choose(0, 3)
            from neighbours in Gen.SubListOf(Others)
            from keys in Gen.SubListOf(Owner.MixKeys.ToArray())
            from endpoints in Gen.SubListOf(["mix.example.org:7400", "[2001:db8::1]:7400", "größe.example:1", "a"])
            select Owner.Draft((ulong)sequence, Issued) with
            {
                Flags = (LinkStateFlags)flags,
                Neighbours = [.. neighbours.Select(other => other.Address)],
                MixKeys = [.. keys],
                Endpoints = [.. endpoints],
            };
        Check.One(Pinned, Prop.ForAll(drafts.ToArbitrary(), draft =>
        {
            var encoded = Owner.Encode(draft);
            var record = TestIdentity.Parse(encoded);
            return record.Sequence == draft.Sequence
                && record.Neighbours.SequenceEqual(draft.Neighbours.Order())
                && record.MixKeys.ToHashSet().SetEquals(draft.MixKeys)
                && record.Endpoints.ToHashSet(StringComparer.Ordinal).SetEquals(draft.Endpoints)
                && ((record.Flags & LinkStateFlags.Public) != LinkStateFlags.None) == (draft.Endpoints.Length > 0)
                && Owner.Encode(record.Content).AsSpan().SequenceEqual(encoded);
        }));
    }

    [Fact]
    [Trait("Spec", "TOP-1")]
    public void A_mutated_record_is_refused_or_is_the_only_encoding_of_another()
    {
        var valid = Owner.Encode(Full());
        var mutations =
            from at in Gen.Choose(0, valid.Length - 1)
            from value in Gen.Choose(1, 255)
            from cut in Gen.Frequency((4, Gen.Constant(valid.Length)), (1, Gen.Choose(0, valid.Length)))
            select (at, value, cut);
        Check.One(Pinned.WithMaxTest(600), Prop.ForAll(mutations.ToArbitrary(), mutation =>
        {
            var bytes = valid.ToArray();
            bytes[mutation.at] ^= (byte)mutation.value;
            bytes = bytes[..mutation.cut];
            if (LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out var record) != LinkStateError.None)
            {
                return record is null;
            }

            var again = LinkStateDraft.Complete(record!.Content.ToSignedMessage(TestNetwork.Definition), record.Signature);
            return again.AsSpan().SequenceEqual(bytes);
        }));
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        Check.One(Pinned.WithMaxTest(2000), Prop.ForAll<byte[]>(bytes =>
            LinkStateRecord.TryParse([1, .. bytes], TestNetwork.Definition, out _) != LinkStateError.None));
    }

    [Fact]
    [Trait("Spec", "TOP-1")]
    public void Every_truncation_and_every_appended_byte_is_refused()
    {
        var valid = Owner.Encode(Full());
        for (var length = 0; length < valid.Length; length++)
        {
            Assert.Equal(LinkStateError.Truncated, LinkStateRecord.TryParse(valid.AsSpan(0, length), TestNetwork.Definition, out _));
        }

        Assert.Equal(LinkStateError.TrailingBytes, LinkStateRecord.TryParse([.. valid, 0], TestNetwork.Definition, out _));
        Assert.Equal(LinkStateError.TooLong, LinkStateRecord.TryParse(new byte[TopologyLimits.MaxRecordBytes + 1], TestNetwork.Definition, out _));
    }

    [Theory]
    [InlineData(0, 2, LinkStateError.UnknownVersion)]
    [InlineData(40, 0x80, LinkStateError.InvalidSequence)]
    [InlineData(48, 0x7f, LinkStateError.InvalidTimes)]
    [InlineData(56, 0x7f, LinkStateError.InvalidTimes)]
    [InlineData(57, 0x09, LinkStateError.InvalidFlags)]
    [InlineData(57, 0x05, LinkStateError.InvalidFlags)]
    [InlineData(58, 0x01, LinkStateError.InvalidFlags)]
    [InlineData(59, 9, LinkStateError.TooManyMixKeys)]
    public void A_wrong_field_is_named(int at, byte value, LinkStateError expected)
    {
        var bytes = Owner.Encode(Owner.Draft(7, Issued, Others[0].Address));
        bytes[at] = value;
        Assert.Equal(expected, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
    }

    [Fact]
    public void A_sequence_of_zero_and_a_lifetime_beyond_the_longest_are_refused()
    {
        Assert.Equal(LinkStateError.InvalidSequence, Error(Owner.Draft(0, Issued)));
        var longest = Owner.Draft(1, Issued) with { ExpiresUnixMillis = Issued + TopologyLimits.MaxLifetimeMillis };
        Assert.Equal(LinkStateError.None, Error(longest));
        Assert.Equal(LinkStateError.InvalidTimes, Error(longest with { ExpiresUnixMillis = longest.ExpiresUnixMillis + 1 }));
        Assert.Equal(LinkStateError.InvalidTimes, Error(longest with { ExpiresUnixMillis = Issued }));
    }

    [Fact]
    public void Neighbours_out_of_order_twice_or_oneself_are_refused()
    {
        var sorted = Others[..2].Select(other => other.Address).Order().ToArray();
        var bytes = Owner.Encode(Owner.Draft(7, Issued, sorted));
        var first = 60 + (3 * 36) + 2;
        sorted[1].CopyTo(bytes.AsSpan(first));
        sorted[0].CopyTo(bytes.AsSpan(first + 32));
        Assert.Equal(LinkStateError.NeighbourOrder, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
        sorted[1].CopyTo(bytes.AsSpan(first + 32));
        Assert.Equal(LinkStateError.NeighbourOrder, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
        Owner.Address.CopyTo(bytes.AsSpan(first));
        Assert.Equal(LinkStateError.OwnNeighbour, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
        bytes[first - 2] = 1;
        bytes[first - 1] = 1;
        Assert.Equal(LinkStateError.TooManyNeighbours, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
    }

    [Fact]
    public void Mix_keys_out_of_order_or_repeated_are_refused()
    {
        var bytes = Owner.Encode(Owner.Draft(7, Issued));
        bytes[60 + 36] = 100;
        Assert.Equal(LinkStateError.MixKeyOrder, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
        bytes[60 + 36] = 101;
        bytes.AsSpan(64, 32).CopyTo(bytes.AsSpan(64 + 36));
        Assert.Equal(LinkStateError.MixKeyOrder, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
    }

    [Theory]
    [Trait("Spec", "SPX-3")]
    [Trait("Spec", "TOP-2")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")] // order 2
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")] // order 4
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")] // order 8
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")] // order 8
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // p - 1, on the twist
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // p, not canonical
    [InlineData("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // 9 + p, not canonical
    [InlineData("0900000000000000000000000000000000000000000000000000000000000080")] // bit 255
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // on the twist
    public void A_record_with_a_mix_key_that_is_no_point_of_the_curve_is_not_verified(string key)
    {
        var draft = Owner.Draft(7, Issued) with { MixKeys = [new PublishedMixKey(1, MixPublicKey.FromBytes(Convert.FromHexString(key)))] };
        var record = TestIdentity.Parse(Owner.Encode(draft));
        Assert.False(record.Verify(record.SignedMessage(TestNetwork.Definition)));
    }

    [Fact]
    [Trait("Spec", "TOP-2")]
    public void A_record_is_verified_with_its_own_signature_and_a_valid_address_only()
    {
        var record = TestIdentity.Parse(Owner.Encode(Full()));
        var message = record.SignedMessage(TestNetwork.Definition);
        Assert.True(record.Verify(message));
        var bytes = record.Encoded.ToArray();
        bytes[^1] ^= 1;
        Assert.False(TestIdentity.Parse(bytes).Verify(message));
        bytes.AsSpan(1, 32).Fill(0xff);
        var stranger = TestIdentity.Parse(bytes);
        Assert.False(stranger.Verify(stranger.SignedMessage(TestNetwork.Definition)));
    }

    [Fact]
    public void Endpoints_that_are_no_text_are_refused()
    {
        Assert.Equal(LinkStateError.InvalidEndpoint, Error(Owner.Draft(7, Issued) with { Endpoints = ["a\u001b[2J"] }));
        Assert.Equal(LinkStateError.InvalidEndpoint, Error(Owner.Draft(7, Issued) with { Endpoints = [string.Empty] }));
        var bytes = Owner.Encode(Owner.Draft(7, Issued) with { Endpoints = ["ab", "cd"] });
        var at = bytes.Length - 64 - 2 - 6;
        bytes[at + 1] = 0xff;
        Assert.Equal(LinkStateError.InvalidEndpoint, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
        bytes[at + 1] = (byte)'d';
        Assert.Equal(LinkStateError.InvalidEndpoint, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
    }

    [Fact]
    public void A_certificate_is_refused()
    {
        var bytes = Owner.Encode(Owner.Draft(7, Issued));
        bytes[^66] = 1;
        Assert.Equal(LinkStateError.InvalidCertificate, LinkStateRecord.TryParse(bytes, TestNetwork.Definition, out _));
    }

    [Fact]
    public void The_network_is_part_of_what_is_signed_and_the_signature_is_no_part_of_the_name()
    {
        Assert.True(NetworkDefinition.TryCreate("other", PacketGeometry.Default, 60_000, out var other, out _));
        var draft = Full();
        var record = TestIdentity.Parse(Owner.Encode(draft));
        Assert.Equal(LinkStateError.None, LinkStateRecord.TryParse(record.Encoded.Span, other, out var elsewhere));
        Assert.NotEqual(record.Hash, elsewhere!.Hash);
        Assert.NotEqual(record.SignedMessage(TestNetwork.Definition), elsewhere.SignedMessage(other));
        var resigned = TestIdentity.Parse(LinkStateDraft.Complete(draft.ToSignedMessage(TestNetwork.Definition), new byte[64]));
        Assert.Equal(record.Hash, resigned.Hash);
        Assert.NotEqual(record.ComputeExactHash(), resigned.ComputeExactHash());
    }

    private static LinkStateDraft Full() =>
        Owner.Draft(7, Issued, [.. Others[..5].Select(other => other.Address)]) with { Endpoints = ["mix.example.org:7400", "b"] };

    private static LinkStateError Error(LinkStateDraft draft) => LinkStateRecord.TryParse(Owner.Encode(draft), TestNetwork.Definition, out _);
}
