using MixMq.Endpoint.Messaging;
using Xunit.Abstractions;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>A node whose neighbours lie about the network: withheld, stale, made up and contradictory records.</summary>
public sealed class EclipseTests(ITestOutputHelper output)
{
    [Fact]
    public void All_neighbours_malicious_is_found_within_two_rounds_in_99_of_100_of_1000_seeds()
    {
        var (noted, late, missed, warned) = (0, 0, 0, 0);
        for (var seed = 0; seed < 1000; seed++)
        {
            var friends = 1 + (seed % 2);
            var run = new EclipseRun(seed, malicious: 3, friends);
            run.Run(friends == 1 ? ViewSuspicion.Note : ViewSuspicion.Warning);
            Assert.True(run.WasFalse, $"seed {seed}: there was nothing to find: {run}");
            noted += run.RoundsToNote is 1 or 2 ? 1 : 0;
            late += run.RoundsToNote > 2 ? 1 : 0;
            missed += run.RoundsToNote == 0 ? 1 : 0;
            warned += friends == 2 && run.RoundsToWarning is 1 or 2 ? 1 : 0;
        }

        output.WriteLine($"noted within two rounds {noted} of 1000, later {late}, not within four minutes {missed}");
        output.WriteLine($"with two correspondents, warned after two rounds with each {warned} of 500");
        Assert.True(noted >= 990 && warned >= 495, $"noted {noted}, later {late}, missed {missed}, warned {warned}");
    }

    [Fact]
    public void With_one_honest_neighbour_no_false_view_lasts_and_nothing_is_reported()
    {
        var (lasted, reported) = (0, 0);
        for (var seed = 0; seed < 1000; seed++)
        {
            var run = new EclipseRun(seed, malicious: 2, friends: 1);
            run.Run(ViewSuspicion.Note);
            lasted += run.WasFalse ? 1 : 0;
            reported += run.Suspicion != ViewSuspicion.None ? 1 : 0;
        }

        output.WriteLine($"false views that lasted {lasted}, reported {reported}");
        Assert.Equal((0, 0), (lasted, reported));
    }

    [Fact]
    public void Honest_neighbours_are_never_suspected()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var run = new EclipseRun(seed, malicious: 0, friends: 2);
            run.Run(ViewSuspicion.Note);
            Assert.False(run.WasFalse);
            Assert.Equal(ViewSuspicion.None, run.Suspicion);
        }
    }
}
