using System.Globalization;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Cli.Packets;

/// <summary><c>[{address, mix_public, delay_ms}]</c>: a path, and everything that makes it unusable.</summary>
internal static class PathJson
{
    private const string Delay = "delay_ms";

    /// <summary>Reads a path.</summary>
    /// <param name="request">The object with the member <c>path</c>.</param>
    /// <param name="network">The network.</param>
    /// <param name="leastHops">1, and 2 for a SURB.</param>
    public static PathHop[] Read(RequestObject request, NetworkDefinition network, int leastHops)
    {
        var most = network.Geometry.Hops;
        var hops = request.List("path", 4 * PacketGeometry.MaxHops);
        if (hops.Count < leastHops || hops.Count > most)
        {
            throw PacketRefusal.Request(
                $"{request.PathOf("path")}: {leastHops} to {most} hops are expected, not {hops.Count}.",
                hops.Count < leastHops ? nameof(WrapResult.PathTooShort) : nameof(WrapResult.PathTooLong));
        }

        return [.. hops.Select((hop, i) => ReadHop(RequestObject.Open(hop.Element, hop.Path, "address", "mix_public", Delay), network, i == hops.Count - 1))];
    }

    private static PathHop ReadHop(RequestObject hop, NetworkDefinition network, bool isLast)
    {
        var address = hop.Address("address");
        var mixPublic = MixPublicKey.FromBytes(hop.Hex("mix_public", MixPublicKey.ByteLength));
        if (!mixPublic.IsOnCurve)
        {
            throw PacketRefusal.Request(
                $"{hop.PathOf("mix_public")} isn't a mix key: it has to be canonical, on Curve25519 and not on its twist, and not of small order.",
                nameof(WrapResult.UnusableMixKey));
        }

        // The last hop has no delay in its slot, so it may be left out.
        var delay = isLast && !hop.Has(Delay) ? 0 : (uint)hop.Number(Delay, 0, uint.MaxValue);
        if (!isLast && delay > (uint)network.MaxDelayMs)
        {
            throw PacketRefusal.Request(
                string.Create(CultureInfo.InvariantCulture, $"{hop.PathOf(Delay)}: at most {network.MaxDelayMs} ms are allowed (the network's max_delay_ms), not {delay}."),
                nameof(WrapResult.DelayAboveCap));
        }

        return new PathHop(address, mixPublic, delay);
    }
}
