using MixMq.Crypto;
using static MixMq.Sphinx.Sending.Tests.VectorFile;

namespace MixMq.Sphinx.Sending.Tests;

public sealed class ReplyVectorTests
{
    [Theory]
    [Trait("Spec", "SPX-20")]
    [InlineData("open")]
    [InlineData("ten")]
    [InlineData("small")]
    public void A_surb_and_its_reply_are_those_of_the_vector(string name)
    {
        var vector = Instance.Find("reply", name);
        var network = Network(vector);
        var hops = vector.GetProperty("hops").GetInt32();
        var keys = Enumerable.Range(0, hops).Select(Key).ToArray();
        var expiry = vector.GetProperty("expiry").GetUInt32();
        var id = Hash("mixmq-kat-surb-id", name)[..SurbId.ByteLength];
        var wire = new byte[Surb.WireBytes(network.Geometry)];
        using var writer = new SurbWriter();
        using var aead = new AeadContext();
        using var unwrapper = new Unwrapper();

        var made = writer.MakeWith(
            network, MakePath(keys), expiry, Hash("mixmq-kat-secret", name), id, Hash("mixmq-kat-y", name), Stream("mixmq-kat-surb", name), wire, out var state);

        Assert.Equal(WrapResult.Wrapped, made);
        Assert.Equal(vector.GetProperty("surb_id").GetString(), Hex(id));
        Assert.Equal(vector.GetProperty("surb").GetString(), Hex(wire));
        Assert.Equal(vector.GetProperty("mask").GetString(), Hex(state!.Mask));

        var message = Bytes(vector, "message");
        var packet = new byte[network.Geometry.PacketBytes];
        var used = Surb.TryUse(network, wire, message, expiry - 1, Stream("mixmq-kat-reply", name), aead, packet);
        Assert.Equal(SurbUse.Built, used);
        Assert.Equal(vector.GetProperty("alpha").GetString(), Hex(packet.AsSpan(1, 32)));
        Assert.Equal(vector.GetProperty("gamma").GetString(), Hex(packet.AsSpan(33, 16)));
        Assert.Equal(vector.GetProperty("packet_sha256").GetString(), Sha(packet));

        for (var i = 0; i < hops - 1; i++)
        {
            Assert.Equal(UnwrapKind.Relay, unwrapper.Unwrap(packet, network, [keys[i]]).Kind);
        }

        Assert.Equal(vector.GetProperty("last_input_sha256").GetString(), Sha(packet));
        var result = unwrapper.Unwrap(packet, network, [keys[^1]]);
        Assert.Equal(UnwrapKind.Reply, result.Kind);
        Assert.Equal(state.Id, result.SurbId);
        Assert.Equal(DropReason.None, state.TryOpen(packet.AsSpan(result.Offset, result.Length), aead, out var opened));
        Assert.Equal(message, opened.ToArray());
    }
}
