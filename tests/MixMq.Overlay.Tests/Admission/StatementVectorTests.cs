using System.Text.Json.Nodes;
using MixMq.Overlay.Admission;

namespace MixMq.Overlay.Tests.Admission;

/// <summary>The vectors of spec/vectors/admission.</summary>
public sealed class StatementVectorTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "vectors", "admission");

    [Fact]
    [Trait("Spec", "ADM-1")]
    [Trait("Spec", "ADM-2")]
    [Trait("Spec", "ADM-3")]
    public void Each_vector_is_taken_or_refused_as_it_says()
    {
        var files = Directory.GetFiles(Folder, "*.json", SearchOption.AllDirectories);
        Assert.True(files.Length > 25);
        foreach (var file in files)
        {
            var vector = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            var expect = vector["expect"]!.AsObject();
            var encoded = Bytes(vector["statement"]!);
            var error = AuthorityStatement.TryParse(encoded, out var statement);
            if (expect["refused"] is { } refused)
            {
                Assert.Equal((Path.GetFileName(file), refused.GetValue<string>()), (Path.GetFileName(file), error.ToString()));
                continue;
            }

            Assert.Equal((Path.GetFileName(file), StatementError.None), (Path.GetFileName(file), error));
            var id = Bytes(vector["network_id"]!);
            Assert.Equal(expect["signatures_hold"]!.GetValue<bool>(), statement!.VerifySignatures(id));
            if (expect["hash"] is { } hash)
            {
                Assert.Equal(hash.GetValue<string>(), statement.HashIn(id).ToString());
                Assert.Equal(expect["signers"]!.AsArray().Select(signer => signer!.GetValue<string>()), statement.Signers.Select(signer => Convert.ToHexStringLower(signer.ToArray())));
            }

            if (statement is SignedParameters parameters)
            {
                Assert.Equal(id, parameters.Network.Definition.Id.ToArray());
            }
        }
    }

    private static byte[] Bytes(JsonNode hex) => Convert.FromHexString(hex.GetValue<string>());
}
