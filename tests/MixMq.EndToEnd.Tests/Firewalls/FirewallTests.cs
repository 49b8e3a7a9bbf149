using System.Globalization;
using Xunit.Abstractions;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// Three institutions with nodes inside, floats in DMZs and firewalls on both sides of these, as network namespaces, and everything that crosses a firewall captured. tools/firewall-rig.sh
/// runs it with every single float, relay and inner link cut in turn, by these variables: which cuts ("all"), and for how many seconds each.
/// </summary>
[Collection(RigCollection.Name)]
public sealed class FirewallTests(ITestOutputHelper output)
{
    [NamespacesFact]
    [Trait("Spec", "LNK-25")]
    public Task Through_firewalls_all_arrives_once_nobody_connects_inwards_ports_are_open_only_with_an_inside_and_records_carry_whole_cells() =>
        new FirewalledRun(
            Environment.GetEnvironmentVariable("MIXMQ_FIREWALL_CUTS") == "all" ? Cut.All : [Cut.InnerLink(Institution.All[1], 1)],
            TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("MIXMQ_FIREWALL_SECONDS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0),
            Say).RunAsync();

    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("MIXMQ_FIREWALL_LOG") is { Length: > 0 } file)
            File.AppendAllText(file, line + "\n");
    }
}
