using System.Globalization;
using MixMq.EndToEnd.Tests.Crashes;
using Xunit.Abstractions;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// Peers and certificates of a real network's processes change while its messages flow. Run by tools/peer-churn.sh, by this variable: how many changes. In every test run the same is shown in virtual time, by PeerChangeTests.
/// </summary>
[Collection(RigCollection.Name)]
public sealed class PeerChurnTests(ITestOutputHelper output)
{
    [ChurnFact]
    public Task Whatever_is_changed_no_message_is_lost_and_no_link_of_others_goes_down() =>
        new ChurnRun(int.Parse(Environment.GetEnvironmentVariable("MIXMQ_CHURN_CHANGES")!, CultureInfo.InvariantCulture), Say).RunAsync();

    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("MIXMQ_CHURN_LOG") is { Length: > 0 } file)
            File.AppendAllText(file, line + "\n");
    }

    /// <summary>A test that takes minutes, and is run where it is asked for.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ChurnFactAttribute : FactAttribute
    {
        public ChurnFactAttribute() => Skip = Environment.GetEnvironmentVariable("MIXMQ_CHURN_CHANGES") is { Length: > 0 } ? null : "It takes minutes: tools/peer-churn.sh runs it.";
    }
}
