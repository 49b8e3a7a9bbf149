using System.Text.Json;
using MixMq.Crypto;
using static MixMq.Sphinx.Sending.Tests.VectorFile;

namespace MixMq.Sphinx.Sending.Tests;

public sealed class ForwardVectorTests
{
    [Fact]
    public void Network_ids_are_those_of_the_vectors()
    {
        Assert.Equal(Instance.Root.GetProperty("network").GetString(), Hex(Network(Instance.Find("forward", "open")).Id));
        Assert.Equal(Instance.Root.GetProperty("network_small").GetString(), Hex(Network(Instance.Find("forward", "small")).Id));
    }

    // The value worked in spec/03, section 6.
    [Fact]
    [Trait("Spec", "SPX-17")]
    public void A_fresh_scalar_is_that_of_the_worked_example()
    {
        var vector = Instance.Find("forward", "open");
        var network = Network(vector);
        var path = MakePath([.. Enumerable.Range(0, 3).Select(Key)]);
        path[2] = path[2] with { DelayMs = 0 };
        var packet = new byte[network.Geometry.PacketBytes];
        using var writer = new PacketWriter();
        Assert.Equal(WrapResult.Wrapped, writer.Wrap(network, path, Bytes(vector, "message"), new ConstantBytes(0x11), packet));
        Assert.Equal("770dd6b15b0d727f0c34344b248914c7e5cbaea1e056bc565e7b5eaed120a24b", Hex(packet.AsSpan(1, 32)));
    }

    [Theory]
    [Trait("Spec", "SPX-25")]
    [InlineData("open")]
    [InlineData("ten")]
    [InlineData("one")]
    [InlineData("full")]
    [InlineData("small")]
    public void A_forward_packet_is_that_of_the_vector_at_every_hop(string name)
    {
        var vector = Instance.Find("forward", name);
        var network = Network(vector);
        var hops = vector.GetProperty("hops").GetInt32();
        var keys = Enumerable.Range(0, hops).Select(Key).ToArray();
        var path = MakePath(keys);
        var message = Bytes(vector, "message");
        var packet = new byte[network.Geometry.PacketBytes];
        using var writer = new PacketWriter();

        var made = writer.WrapWith(
            network, path, RoutingCommand.Deliver, message, Hash("mixmq-kat-x", name), Stream("mixmq-kat-random", name), packet);

        Assert.Equal(WrapResult.Wrapped, made);
        Assert.Equal(vector.GetProperty("alpha").GetString(), Hex(packet.AsSpan(1, 32)));
        Assert.Equal(vector.GetProperty("gamma").GetString(), Hex(packet.AsSpan(33, 16)));
        Assert.Equal(vector.GetProperty("packet_sha256").GetString(), Sha(packet));

        using var unwrapper = new Unwrapper();
        var inputs = vector.GetProperty("inputs_sha256").EnumerateArray().Select(e => e.GetString()).ToArray();
        Assert.Equal(hops, inputs.Length);
        for (var i = 0; i < hops; i++)
        {
            Assert.Equal(inputs[i], Sha(packet));
            var result = unwrapper.Unwrap(packet, network, [keys[i]]);
            if (i < hops - 1)
            {
                Assert.Equal(UnwrapKind.Relay, result.Kind);
                Assert.Equal(path[i + 1].Address, result.Next);
                Assert.Equal((uint)(100 + i), result.DelayMs);
            }
            else
            {
                Assert.Equal(UnwrapKind.Deliver, result.Kind);
                Assert.Equal(message, packet.AsSpan(result.Offset, result.Length).ToArray());
            }
        }
    }

    [Fact]
    public void The_key_schedule_is_that_of_the_vector()
    {
        var vector = Instance.Find("forward", "open");
        var network = Network(vector);
        var step = 0;
        foreach (var expected in vector.GetProperty("schedule").EnumerateArray())
        {
            var alpha = Bytes(expected, "alpha");
            var shared = new byte[32];
            Assert.True(X25519.TryDerive(Secret(step), alpha, shared));
            using var key = Key(step);
            var keys = HopKeys.Derive(network, shared, alpha, key.Public, new byte[HopKeys.ByteLength]);

            AssertField(expected, "shared", shared);
            AssertField(expected, "ae", keys.Ae);
            AssertField(expected, "lane", keys.Lane);
            AssertField(expected, "blind", keys.Blind);
            AssertField(expected, "replay", keys.ReplayTag);
            step++;
        }

        Assert.Equal(3, step);
    }

    private static void AssertField(JsonElement expected, string field, ReadOnlySpan<byte> actual) =>
        Assert.Equal(expected.GetProperty(field).GetString(), Hex(actual));

    private sealed class ConstantBytes(byte value) : IRandomSource
    {
        public void Fill(Span<byte> destination) => destination.Fill(value);
    }
}
