using MixMq.Cli.Demo;
using MixMq.Cli.Local;

namespace MixMq.Cli.Tests.Demo;

public sealed class DemoPlanTests
{
    [Fact]
    public void There_are_three_institutions_four_floats_two_relays_and_nineteen_links()
    {
        Assert.Equal(9, DemoPlan.Members.Count);
        Assert.Equal(3, DemoPlan.Endpoints.Count);
        Assert.Equal(4 + 15, DemoPlan.Links.Count);
        Assert.Equal(6, DemoPlan.Pairs.Count);
    }

    [Fact]
    public void Endpoints_dial_their_own_floats_and_nobody_dials_an_endpoint()
    {
        Assert.All(DemoPlan.Links.Where(link => link.Dialler.IsEndpoint), link => Assert.Equal(link.Dialler.Institution, link.Listener.Institution));
        Assert.DoesNotContain(DemoPlan.Links, link => link.Listener.IsEndpoint);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(100)]
    [InlineData(500)]
    public void Messages_go_round_the_directions_and_none_is_left_over(int messages)
    {
        var counts = DemoPlan.Pairs.Select(pair => DemoPlan.CountFor(pair.Index, messages)).ToList();
        Assert.Equal(messages, counts.Sum());
        Assert.True(counts.Max() - counts.Min() <= 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(60)]
    [InlineData(500)]
    public void Before_the_fault_enough_is_sent_to_reach_the_middle_and_of_many_something_is_left(int messages)
    {
        var before = DemoPlan.Pairs.Sum(pair => DemoTraffic.BeforeFault(DemoPlan.CountFor(pair.Index, messages)));
        Assert.True(before >= Math.Max(1, messages / 3));
        if (messages >= 18)
            Assert.True(before <= messages * 3 / 4);
    }

    [Fact]
    public void The_installation_has_keys_for_owners_eyes_and_links_that_both_ends_configure()
    {
        using var folder = new LocalFolder("demo");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Root));
        using var ports = new PortReservation(6);
        Assert.Equal(6, ports.Ports.Distinct().Count());
        Assert.All(ports.Ports, port => Assert.True(PortReservation.IsTaken(port)));
        var members = LocalInstallation.Create(DemoPlan.Network, folder.Root, ports.Ports);
        foreach (var member in members.Values)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(member.Folder.Folder, "identity.key")));
            var peers = MixMq.Cli.Setup.ConfigurationEdit.Open(CliFolder(member), member.ConfigurationPath, "peers").List.Elements;
            Assert.Equal(DemoPlan.Links.Count(link => link.Dialler == member.Member || link.Listener == member.Member), peers.Count);
        }

        Assert.True(System.Text.Encoding.UTF8.GetByteCount(members["node-a"].SocketPath) <= 107);
    }

    private static CliEnvironment CliFolder(InstalledMember member) => new()
    {
        Variable = _ => null,
        StandardInput = () => null,
        CurrentFolder = member.Folder.Folder,
        Interactive = false,
    };
}
