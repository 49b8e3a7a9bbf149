using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MixMq.Transport.Configuration;
using MixMq.Transport.Files;

namespace MixMq.Transport.Survey;

/// <summary>What the machine must give: addresses to listen on, a folder that can be written, room, and a clock that somebody sets.</summary>
internal static class MachineSurvey
{
    private const long MiB = 1 << 20;

    /// <summary>Below this there is no room for what a start needs.</summary>
    private const long LeastFree = 64 * MiB;

    /// <summary>Below this it is time to look.</summary>
    private const long ScarceFree = 1024 * MiB;

    internal static IEnumerable<Finding> Listeners(RelayConfiguration configuration, bool isRunning)
    {
        var own = Addresses();
        var open = OpenPorts();
        var gated = configuration.PublicHandedOver || configuration.Peers.Any(peer => peer.Activates);
        foreach (var (setting, address, opensLater) in configuration.Listen.Public.Select(each => ("listen", each, gated))
            .Concat(configuration.Listen.Inner.Select(each => ("innerListen", each, false)))
            .Concat(configuration.Health.Listen is { } health ? [("health", health, false)] : []))
        {
            if (own is not null && !IsAny(address.Address) && !own.Contains(address.Address))
            {
                yield return new Finding(
                    FindingLevel.Problem, "listener", setting, "no-such-address", $"no network interface of this machine has {address.Address}", "check the address, and whether the interface is up (ip address)");
                continue;
            }

            if (address.Port == 0)
            {
                yield return new Finding(FindingLevel.Note, "listener", setting, "any-port", $"{address}: port 0 takes any free one, which no firewall can be told of");
                continue;
            }

            var isOpen = open?.Any(other => other.Port == address.Port && (other.Address.Equals(address.Address) || IsAny(other.Address) || IsAny(address.Address)));
            yield return (isOpen, isRunning, opensLater) switch
            {
                (null, _, _) => Finding.Ok("listener", setting, $"{address}: this machine has the address; whether the port is open can't be seen here"),
                (true, true, _) => Finding.Ok("listener", setting, $"{address} is open"),
                (true, false, _) => new Finding(FindingLevel.Problem, "listener", setting, "taken", $"{address} is open, but not by this node, which doesn't run", "find the other program (ss -ltnp), or choose another port"),
                (false, true, true) => new Finding(FindingLevel.Warning, "listener", setting, "closed", $"{address} is closed until a link to a peer with activates is up{(configuration.PublicHandedOver ? " and the certificate has been handed over" : "")}", "see the inner links"),
                (false, true, false) => new Finding(FindingLevel.Problem, "listener", setting, "closed", $"{address} is closed, though the program runs", "see its log; settings of listeners take effect at the next start"),
                _ => Finding.Ok("listener", setting, $"{address}: this machine has the address, and the port is free"),
            };
        }
    }

    internal static IEnumerable<Finding> Folder(RelayConfiguration configuration)
    {
        var folder = configuration.DataDirectory;
        if (!Directory.Exists(folder))
        {
            yield return new Finding(FindingLevel.Note, "folder", "", "none", $"{folder} isn't there yet; it is made at the first start");
            yield break;
        }

        var failure = "";
        try
        {
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e is UnauthorizedAccessException ? "this user may not read it" : "it can't be read";
        }

        if (failure.Length > 0)
        {
            yield return new Finding(FindingLevel.Problem, "folder", "", "unreadable", $"{folder}: {failure}", "run the survey as the user that the program runs as, and check the folder's owner");
            yield break;
        }

        var free = FreeBytes(folder);
        if (free is null)
        {
            yield return new Finding(FindingLevel.Note, "folder", "", "room-unknown", $"{folder}: how much room there is can't be seen");
        }
        else if (free < ScarceFree)
        {
            yield return new Finding(
                free < LeastFree ? FindingLevel.Problem : FindingLevel.Warning, "folder", "", free < LeastFree ? "no-room" : "little-room", $"{folder} has {free / MiB} MiB free", "make room on its disk");
        }
        else
        {
            yield return Finding.Ok("folder", "", $"{folder} has {free / MiB} MiB free");
        }
    }

    internal static IEnumerable<Finding> Clock(RelayConfiguration configuration)
    {
        yield return LibC.IsClockSet() switch
        {
            true => Finding.Ok("clock", "", "the system says that it is kept right from outside"),
            false => new Finding(
                FindingLevel.Note, "clock", "", "unset", "the system doesn't know of anybody who keeps it right",
                $"if that isn't done outside this machine, run an NTP client: records and mix keys are refused once a clock is off by more than {configuration.Network.SkewSeconds} s"),
            _ => new Finding(FindingLevel.Note, "clock", "", "unknown", "whether somebody keeps it right can't be seen"),
        };
    }

    private static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static HashSet<IPAddress>? Addresses()
    {
        try
        {
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces().SelectMany(each => each.GetIPProperties().UnicastAddresses)
                    .Select(unicast => unicast.Address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(unicast.Address.GetAddressBytes()) : unicast.Address),
                // All of 127.0.0.0/8 is this machine's, whatever the interface says.
                .. Enumerable.Range(1, 254).Select(last => new IPAddress([127, 0, 0, (byte)last])),
            ];
        }
        catch (Exception e) when (e is NetworkInformationException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    private static IPEndPoint[]? OpenPorts()
    {
        try
        {
            return IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
        }
        catch (Exception e) when (e is NetworkInformationException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return null;
        }
    }
}
