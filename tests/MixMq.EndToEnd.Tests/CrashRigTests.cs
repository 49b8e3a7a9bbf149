using System.Globalization;
using MixMq.EndToEnd.Tests.Crashes;
using Xunit.Abstractions;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// Processes of a real network are killed, stores put back from copies, disks filled, and a ledger outside of it says what became of the messages. tools/crash-rig.sh runs the same for longer,
/// by these variables: how many of each, over how many messages, from which seed.
/// </summary>
[Collection(RigCollection.Name)]
public sealed class CrashRigTests(ITestOutputHelper output)
{
    [Fact]
    public Task Whoever_is_killed_no_message_is_lost_doubled_out_of_order_or_stuck() =>
        new CrashRun(
            Setting("MIXMQ_RIG_SEED", 1), Setting("MIXMQ_RIG_KILLS", 20), Setting("MIXMQ_RIG_RESTORES", 2), Setting("MIXMQ_RIG_FULL_DISKS", 1), Setting("MIXMQ_RIG_MESSAGES", 2000), Say).RunAsync();

    private static int Setting(string variable, int standard) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("MIXMQ_RIG_LOG") is { Length: > 0 } file)
            File.AppendAllText(file, line + "\n");
    }
}
