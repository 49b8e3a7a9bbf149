using System.Globalization;
using System.Text;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// Machines and wires of three institutions and of two that run a relay each, all namespaces:
/// <code>
/// node-a ── inner-a ──┬── float-a1 ──┬── outer-a ── internet ──┬── relay-1
///                     ├── float-a2 ──┤                         ├── relay-2
///                     └──────────────┘            outer-b … ───┴── outer-c …
/// </code>
/// Between the two firewalls of an institution there is a wire, and routes lead everywhere: nothing but the firewalls' rules keeps anybody from connecting. A wire's machines know each
/// other's side by the other's name.
/// </summary>
internal sealed class FirewalledNetwork : IAsyncDisposable
{
    public const string Internet = "internet";
    public static readonly IReadOnlyList<string> Relays = ["relay-1", "relay-2"];

    private readonly Dictionary<string, NetworkNamespace> _machines = [];
    private readonly Dictionary<string, StringBuilder> _setups = [];
    private readonly StringBuilder _wires = new();

    private FirewalledNetwork()
    {
    }

    public NetworkNamespace this[string machine] => _machines[machine];

    public static async Task<FirewalledNetwork> CreateAsync()
    {
        var network = new FirewalledNetwork();
        try
        {
            await network.BuildAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where a relay listens.</summary>
    public static string RelayAddress(string relay) => $"198.19.10{relay[^1]}.2";

    /// <summary>Drops all packets of these addresses at these firewalls, those of connections that are up too; or no longer.</summary>
    public Task CutAsync(IEnumerable<(string Firewall, string Address)> ends, bool restore = false) => Task.WhenAll(ends.Select(end =>
        this[end.Firewall].RunAsync($"nft {(restore ? "delete" : "add")} element ip firewall cut '{{ {end.Address} }}'")));

    /// <summary>How many attempts to connect a firewall's rules have refused. A late packet of a connection that is over is refused too, and is none.</summary>
    public async Task<int> RefusedAsync(string firewall)
    {
        var words = (await this[firewall].RunAsync("nft list counter ip firewall refused")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return int.Parse(words[Array.IndexOf(words, "packets") + 1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_machines.Values.Select(machine => machine.DisposeAsync().AsTask()));

    private async Task BuildAsync()
    {
        foreach (var institution in Institution.All)
            await BuildAsync(institution);
        foreach (var relay in Relays)
        {
            await AddAsync(relay);
            await WireAsync(Internet, relay, RelayAddress(relay)[..^2]);
            Route(relay, "default", RelayAddress(relay)[..^1] + "1");
        }

        Forward(Internet, "accept");
        _ = await _machines.Values.First().RunAsync($"ip -batch - <<END\n{_wires}END\n");
        await Task.WhenAll(_setups.Select(setup => this[setup.Key].RunAsync(setup.Value.ToString())));
    }

    private async Task BuildAsync(Institution institution)
    {
        var (node, inner, outer, n) = (institution.Node, institution.Inner, institution.Outer, institution.Number);
        await WireAsync(inner, node, institution.Inside);
        await WireAsync(inner, outer, $"10.{n}.9");
        await WireAsync(Internet, outer, $"198.19.{n}");
        Route(node, "default", institution.Inside + ".1");
        Route(inner, "default", $"10.{n}.9.2");
        Route(outer, $"10.{n}.0.0/16", $"10.{n}.9.1");
        Route(outer, "default", $"198.19.{n}.1");
        Route(Internet, $"10.{n}.0.0/16", $"198.19.{n}.2");
        foreach (var (name, number) in institution.Floats.Select((name, index) => (name, index + 1)))
        {
            var (own, open) = ($"10.{n}.{number}", institution.PublicEndpoint(number).Address.ToString()[..^2]);
            await WireAsync(inner, name, own);
            await WireAsync(outer, name, open);
            Route(name, "10.0.0.0/8", own + ".1");
            Route(name, "default", open + ".1");
            Route(Internet, open + ".0/24", $"198.19.{n}.2");
        }

        // The inside may begin connections to the floats' inner port; nothing else may be begun across this firewall.
        var floats = $"{{ {string.Join(", ", institution.Floats)} }}";
        Forward(inner, "drop", $"iifname {node} oifname {floats} tcp dport {Institution.InnerPort} ct state new accept");
        // The outside may begin connections to the floats' public port, and the floats to that of others.
        Forward(outer, "drop",
            $"iifname {Internet} oifname {floats} tcp dport {Institution.PublicPort} ct state new accept",
            $"iifname {floats} oifname {{ {Internet}, {string.Join(", ", institution.Floats)} }} tcp dport {Institution.PublicPort} ct state new accept");
    }

    private async Task AddAsync(string name)
    {
        if (_machines.ContainsKey(name))
            return;
        _machines.Add(name, await NetworkNamespace.CreateAsync(_machines.Values.FirstOrDefault()));
        _setups.Add(name, new StringBuilder("echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6\nip link set lo up\n"));
    }

    /// <summary>The first end has address 1, the other 2.</summary>
    private async Task WireAsync(string one, string two, string net)
    {
        await AddAsync(one);
        await AddAsync(two);
        _ = _wires.Append(CultureInfo.InvariantCulture, $"link add {two} netns {this[one].Id} type veth peer name {one} netns {this[two].Id}\n");
        foreach (var (machine, other, last) in new[] { (one, two, 1), (two, one, 2) })
            _ = _setups[machine].Append(CultureInfo.InvariantCulture, $"ip address add {net}.{last}/24 dev {other}\nip link set {other} up\n");
    }

    private void Route(string machine, string target, string by) => _setups[machine].Append(CultureInfo.InvariantCulture, $"ip route add {target} via {by}\n");

    /// <summary>The rules come after all wires of a machine are up, so routes and rules stand in the order of the calls.</summary>
    private void Forward(string machine, string policy, params string[] rules) => _setups[machine].Append(CultureInfo.InvariantCulture, $$"""
        echo 1 >/proc/sys/net/ipv4/ip_forward
        nft -f - <<END
        table ip firewall {
          set cut { type ipv4_addr; }
          counter refused { }
          chain forward {
            type filter hook forward priority 0; policy {{policy}};
            ip saddr @cut drop
            ip daddr @cut drop
            ct state established,related accept
            {{string.Join("\n    ", rules)}}
            {{(policy == "drop" ? "tcp flags & (fin | syn | rst | ack) == syn counter name refused drop" : "")}}
          }
        }
        END

        """);
}
