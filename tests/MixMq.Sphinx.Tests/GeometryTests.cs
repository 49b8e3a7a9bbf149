namespace MixMq.Sphinx.Tests;

public sealed class GeometryTests
{
    [Fact]
    public void The_default_geometry_has_the_sizes_of_the_specification()
    {
        var geometry = PacketGeometry.Default;
        Assert.Equal(3169, geometry.PacketBytes);
        Assert.Equal(609, geometry.HeaderBytes);
        Assert.Equal(560, geometry.BetaBytes);
        Assert.Equal(2044, geometry.MessageCapacity);
        Assert.Equal(468, geometry.ReplyCapacity);
    }

    [Theory]
    [InlineData(0, 2048, 512, GeometryError.HopsOutOfRange)]
    [InlineData(33, 2048, 512, GeometryError.HopsOutOfRange)]
    [InlineData(10, 63, 64, GeometryError.BodyOutOfRange)]
    [InlineData(10, 65_532, 64, GeometryError.BodyOutOfRange)]
    [InlineData(10, 2048, 63, GeometryError.ReplyOutOfRange)]
    [InlineData(10, 2048, 2049, GeometryError.ReplyOutOfRange)]
    [InlineData(1, 64, 64, GeometryError.None)]
    [InlineData(32, 65_531, 65_531, GeometryError.None)]
    public void Only_sizes_within_their_limits_are_a_geometry(int hops, int body, int reply, GeometryError expected)
    {
        Assert.Equal(expected == GeometryError.None, PacketGeometry.TryCreate(hops, body, reply, out var geometry, out var error));
        Assert.Equal(expected, error);
        Assert.Equal(expected == GeometryError.None, geometry is not null);
        if (expected != GeometryError.None)
        {
            Assert.ThrowsAny<ArgumentException>(() => new PacketGeometry(hops, body, reply));
        }
    }

    [Fact]
    public void A_network_has_a_name_of_limited_length_and_a_limited_delay()
    {
        Assert.Equal(NetworkError.NameEmpty, Error("", 1));
        Assert.Equal(NetworkError.NameInvalid, Error(new string('x', 256), 1));
        Assert.Equal(NetworkError.NameInvalid, Error(new string('é', 128), 1));
        Assert.Equal(NetworkError.NameInvalid, Error("\ud800", 1));
        Assert.Equal(NetworkError.MaxDelayOutOfRange, Error("x", -1));
        Assert.Equal(NetworkError.MaxDelayOutOfRange, Error("x", NetworkDefinition.GreatestMaxDelayMs + 1));
        Assert.Equal(NetworkError.None, Error(new string('x', 255), 0));
    }

    [Fact]
    [Trait("Spec", "SPX-24")]
    public void The_id_depends_on_name_and_sizes_but_not_on_the_delay_cap()
    {
        var id = Id("a", PacketGeometry.Default, 1);
        Assert.Equal(id, Id("a", new PacketGeometry(10, 2048, 512), 2));
        Assert.NotEqual(id, Id("b", PacketGeometry.Default, 1));
        Assert.NotEqual(id, Id("a", new PacketGeometry(9, 2048, 512), 1));
        Assert.NotEqual(id, Id("a", new PacketGeometry(10, 2047, 512), 1));
        Assert.NotEqual(id, Id("a", new PacketGeometry(10, 2048, 511), 1));
    }

    private static NetworkError Error(string name, int maxDelayMs)
    {
        _ = NetworkDefinition.TryCreate(name, PacketGeometry.Default, maxDelayMs, out _, out var error);
        return error;
    }

    private static string Id(string name, PacketGeometry geometry, int maxDelayMs)
    {
        Assert.True(NetworkDefinition.TryCreate(name, geometry, maxDelayMs, out var network, out _));
        return Convert.ToHexString(network.Id);
    }
}
