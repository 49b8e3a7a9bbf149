using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Admission;

/// <summary>A node whose own address others have given to another key.</summary>
public sealed class ReplacedAddressTests
{
    [Fact]
    [Trait("Spec", "ADM-35")]
    public async Task It_is_logged_once_without_addresses_and_stands_in_the_status_text()
    {
        using var folder = new TestFolder();
        using var authority = NodeIdentity.Generate(SystemRandomSource.Instance);
        using var other = NodeIdentity.Generate(SystemRandomSource.Instance);
        Assert.Equal(StatementError.None, SignedParameters.TryCreate(TestNode.Network, 1, 0, false, 1, [authority.Address], out var unsigned));
        var parameters = (SignedParameters)SignAs(authority, unsigned!);
        var file = folder.Write("network.params", StatementFileText(parameters));
        Succession? succession = null;
        await using var node = new TestNode("node")
        {
            Adjust = configuration => configuration with
            {
                StatusIntervalSeconds = 1,
                Admission = new AdmissionConfiguration { ParametersFile = file, Parameters = parameters, Own = authority.Address, Successions = [succession!, succession!] },
            },
        };
        Assert.Equal(StatementError.None, Succession.TryCreate(node.Identity.Address, other.Address, 1, 0, isEmergency: true, out var made));
        succession = (Succession)SignAs(other, SignAs(authority, made!));
        await node.StartAsync();
        var line = await node.Log.WaitForAsync("given to another key");
        Assert.StartsWith("Warning ", line, StringComparison.Ordinal);
        Assert.Contains("an emergency one", line, StringComparison.Ordinal);
        Assert.Contains("call the network's authorities", line, StringComparison.Ordinal);
        await node.UntilAsync(snapshot => snapshot.Admission!.Replacement?.New == other.Address);
        await node.WhenAsync(_ => File.Exists(node.StatusFile) && File.ReadAllText(node.StatusFile).Contains("WARNING: " + ReplacedAddress.Describe(isEmergency: true), StringComparison.Ordinal));
        await node.StopAsync();
        Assert.Single(node.Log.Lines, each => each.Contains("given to another key", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Log.Lines, each => each.Contains(node.Identity.Address.ToString(), StringComparison.Ordinal) || each.Contains(other.Address.ToString(), StringComparison.Ordinal));
    }

    private static string StatementFileText(AuthorityStatement statement) => Transport.Admission.StatementFile.Format(statement);

    private static AuthorityStatement SignAs(NodeIdentity key, AuthorityStatement statement)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        key.Sign(statement.SignedMessage(TestNode.Network.Definition.Id), signature);
        return statement.WithSignature(key.Address, signature);
    }
}
