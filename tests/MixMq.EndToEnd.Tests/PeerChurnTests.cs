using System.Globalization;
using MixMq.EndToEnd.Tests.Crashes;
using Xunit.Abstractions;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// Peers and certificates of a real network's processes change while its messages flow. tools/peer-churn.sh runs the same for longer, by these variables: how
/// many changes, over how many messages.
/// </summary>
[Collection(DemoCollection.Name)]
public sealed class PeerChurnTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Spec", "LNK-44")]
    public Task Whatever_is_changed_no_message_is_lost_and_no_link_of_others_goes_down() =>
        new ChurnRun(Setting("MIXMQ_CHURN_CHANGES", 25), Setting("MIXMQ_CHURN_MESSAGES", 2000), Say).RunAsync();

    private static int Setting(string variable, int standard) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("MIXMQ_CHURN_LOG") is { Length: > 0 } file)
            File.AppendAllText(file, line + "\n");
    }
}
