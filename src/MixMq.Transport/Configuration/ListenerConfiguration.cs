using System.Collections.Immutable;
using System.Net;

namespace MixMq.Transport.Configuration;

/// <summary>Where a node listens, and for whom: an address for each role.</summary>
public sealed record ListenerConfiguration
{
    /// <summary>Addresses for peers outside, <c>listen</c>; without <c>innerListen</c> for all peers. Port 0 takes any free one.</summary>
    public ImmutableArray<IPEndPoint> Public { get; init; } = [];

    /// <summary>Addresses for the peers marked <c>inner</c>, <c>innerListen</c>: the inside dials these.</summary>
    public ImmutableArray<IPEndPoint> Inner { get; init; } = [];

    /// <summary>What is wrong with listeners and peers together, noted on the reader.</summary>
    internal static void Check(
        ConfigurationReader reader, ListenerConfiguration listeners, HealthConfiguration health, ImmutableArray<PeerConfiguration> peers, bool relays, bool strict)
    {
        var wantsInner = peers.FirstOrDefault(peer => peer.Inner && peer.Accept);
        if (listeners.Public.IsEmpty && peers.FirstOrDefault(peer => peer.Accept && !(peer.Inner && !listeners.Inner.IsEmpty)) is { } accepted)
        {
            reader.Report("listen", $"is empty, but peer '{accepted.Name}' has accept: true; set an address to listen on");
        }

        if (!listeners.Inner.IsEmpty && wantsInner is null)
        {
            reader.Report("innerListen", "has addresses, but no peer has inner: true and accept: true; mark the peers of the inside (mixmq peer add or change, --accept --inner), or remove it");
        }

        foreach (var peer in peers)
        {
            if (relays && peer is { Inner: true, Dial: not null })
            {
                reader.Report("peers", $"'{peer.Name}' is inner and has dial: a float never dials inwards; remove dial, set accept to true, and let the inside dial");
            }

            if (peer is { Activates: true, Inner: false })
            {
                reader.Report("peers", $"'{peer.Name}' has activates: true but not inner: true; only a link of the inside activates");
            }
            else if (peer.Activates && (listeners.Inner.IsEmpty || !peer.Accept))
            {
                reader.Report("peers", $"'{peer.Name}' has activates: true, for which it needs accept: true, and innerListen an address that is open before it: 'listen' opens after");
            }
        }

        if (strict)
        {
            CheckWildcards(reader, "listen", listeners.Public);
            CheckWildcards(reader, "innerListen", listeners.Inner);
            CheckWildcards(reader, "health:listen", health.Listen is { } address ? [address] : []);
        }
    }

    private static void CheckWildcards(ConfigurationReader reader, string name, ImmutableArray<IPEndPoint> addresses)
    {
        foreach (var address in addresses.Where(address => IsWildcard(address.Address)))
        {
            reader.Report(name, $"{address} is every address of the machine, which profile strict refuses; name the one that this port is for");
        }
    }

    private static bool IsWildcard(IPAddress address) =>
        address.Equals(IPAddress.IPv6Any) || (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).Equals(IPAddress.Any);
}
