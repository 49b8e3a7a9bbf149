using MixMq.Overlay.Links;
using MixMq.Transport.Audit;
using MixMq.Transport.Configuration;
using MixMq.Transport.Health;
using MixMq.Transport.Links;
using MixMq.Transport.Survey;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Health;

/// <summary>What a status text warns of reaches the survey.</summary>
public sealed class StatusTextTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(-2, true)]
    public async Task A_peer_in_an_epoch_that_a_right_clock_can_not_show_is_warned_of(int difference, bool warns)
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await left.UpAsync(right);
        var snapshot = await left.Host.SnapshotAsync();

        // Set, for a link may go down again at any moment: what is shown here is how one is told of that is up.
        var epoch = (uint)(snapshot.Epoch + difference);
        using var audit = new AuditTrail(new AuditConfiguration(), TimeProvider.System, left.Log);
        var configuration = new RelayConfiguration { Network = TestNode.Network, Relays = true, Certificate = left.Certificate, DataDirectory = left.Folder, StatusFile = left.StatusFile };
        var certificates = new CertificateRegister(new ServedCertificate(left.Certificate), null, null, [], TimeProvider.System, left.Log);
        var text = new StatusText(configuration, left.Identity, new RefusalLog(audit, left.Log, TimeProvider.System), certificates, audit, () => null, DateTimeOffset.UnixEpoch)
            .Format(snapshot with { Links = [snapshot.Links[0] with { Status = LinkStatus.Up, PeerEpoch = epoch }] });
        var status = StatusFile.Parse(text.Split('\n'));
        Assert.NotNull(status);
        Assert.Equal("up", status.Links["right"].State);
        Assert.Equal(warns, status.Warnings.Any(warning => warning is { About: "link", Peer: "right" } && warning.Text.Contains("one of the two clocks is wrong", StringComparison.Ordinal)));
    }
}
