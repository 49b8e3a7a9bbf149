namespace MixMq.Architecture.Tests;

/// <summary>What makes packets and keys from given secrets is for vectors and analysis: a secret used twice would undo a packet's secrecy.</summary>
public sealed class FixedSecretsTests
{
    private static readonly string[] Members =
    [
        "MixMq.Sphinx.MixKey.FromSecret",
        "MixMq.Sphinx.Unwrapper.TryGetReplayTag",
        "MixMq.Sphinx.Sending.PacketWriter.WrapWith",
        "MixMq.Sphinx.Sending.SurbWriter.MakeWith",
        "MixMq.Sphinx.Sending.SurbState.CopyKeptTo",
        "MixMq.Sphinx.Sending.SurbState.FromKept",
    ];

    [Fact]
    public void Nothing_that_carries_messages_works_with_given_secrets() => Assert.Empty(
        from project in Layout.Projects
        where project.Name != "MixMq.Cli"
        from member in AssemblyImage.Read(project.OutputPath).UsedMembers.Intersect(Members)
        select $"{project.Name} calls {member}");

    // The names are those of members that exist and are seen when they are called.
    [Fact]
    public void The_packet_laboratory_calls_each_of_them() => Assert.Empty(
        Members.Except(AssemblyImage.Read(Layout.Projects.Single(project => project.Name == "MixMq.Cli").OutputPath).UsedMembers));
}
