using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Transport.Configuration;

/// <summary>Section <c>network</c>: what must be the same at every node of a network.</summary>
internal static class NetworkSection
{
    /// <summary>What signed parameters take the place of.</summary>
    internal static readonly string[] Keys =
        ["name", "hops", "body", "reply", "maxDelayMs", "pathLinks", "maxLinks", "epochSeconds", "skewSeconds", "graceSeconds"];

    internal static NetworkParameters? Read(ConfigurationReader reader)
    {
        var before = reader.ErrorCount;
        var name = reader.Required("name", "the network's name, the same at every node");

        // The ranges here only keep the numbers sane; the rules proper are those of the types below.
        var hops = reader.Integer("hops", PacketGeometry.Default.Hops, 1, ushort.MaxValue);
        var body = reader.Integer("body", PacketGeometry.Default.Body, 1, ushort.MaxValue);
        var reply = reader.Integer("reply", PacketGeometry.Default.Reply, 1, ushort.MaxValue);
        var maxDelay = reader.Integer("maxDelayMs", NetworkDefinition.DefaultMaxDelayMs, 0, NetworkDefinition.GreatestMaxDelayMs);
        var pathLinks = reader.Integer("pathLinks", NetworkParameters.DefaultPathLinks, 1, ushort.MaxValue);
        var maxLinks = reader.Integer("maxLinks", NetworkParameters.DefaultMaxLinks, 1, ushort.MaxValue);
        var epoch = reader.Integer("epochSeconds", NetworkParameters.DefaultEpochSeconds, 1, int.MaxValue);
        var skew = reader.Integer("skewSeconds", NetworkParameters.DefaultSkewSeconds, 0, int.MaxValue);
        int? grace = reader.Has("graceSeconds") ? reader.Integer("graceSeconds", 0, 0, int.MaxValue) : null;
        if (reader.ErrorCount > before)
        {
            return null;
        }

        if (!PacketGeometry.TryCreate(hops, body, reply, out var geometry, out var geometryError))
        {
            reader.Report(
                "",
                geometryError switch
                {
                    GeometryError.HopsOutOfRange => $"hops must be 1 to {PacketGeometry.MaxHops}",
                    GeometryError.BodyOutOfRange => $"body must be {PacketGeometry.MinLaneBytes} to {PacketGeometry.MaxBody} bytes",
                    _ => $"reply must be {PacketGeometry.MinLaneBytes} bytes to the size of body",
                });
            return null;
        }

        if (!NetworkDefinition.TryCreate(name, geometry, maxDelay, out var definition, out var networkError))
        {
            reader.Report(
                networkError == NetworkError.MaxDelayOutOfRange ? "maxDelayMs" : "name",
                networkError == NetworkError.MaxDelayOutOfRange
                    ? $"must be 0 to {NetworkDefinition.GreatestMaxDelayMs}"
                    : $"must have 1 to {NetworkDefinition.MaxNameBytes} bytes of UTF-8");
            return null;
        }

        if (NetworkParameters.TryCreate(definition, out var parameters, out var errors, pathLinks, maxLinks, epoch, skew, grace))
        {
            return parameters;
        }

        foreach (var error in errors)
        {
            reader.Report("", error);
        }

        return null;
    }
}
