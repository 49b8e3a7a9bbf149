using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Transport.Configuration.Migration;

namespace MixMq.Cli.Setup;

/// <summary>The configuration that <c>init</c> and the demo write. Names and shapes are those of the executables' loaders.</summary>
internal static class ConfigurationFile
{
    public const string IdentityFile = "identity.key";
    public const string CertificateFile = "tls.crt";
    public const string KeyFile = "tls.key";

    /// <summary>For files that people read: no HTML escapes.</summary>
    public static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string NameOf(ConfigurationKind kind) => kind == ConfigurationKind.Node ? "node.json" : "float.json";

    /// <summary>A whole configuration without peers. Parameters of the network have to be equal on all its nodes.</summary>
    public static JsonObject Create(ConfigurationKind kind, string network, IEnumerable<string> listen)
    {
        var configuration = new JsonObject
        {
            [ConfigurationHistory.Member] = ConfigurationHistory.Own.Present,
            ["network"] = new JsonObject
            {
                ["name"] = network,
                ["hops"] = 10,
                ["body"] = 2048,
                ["reply"] = 512,
                ["maxDelayMs"] = 60_000,
                ["pathLinks"] = 5,
                ["maxLinks"] = 16,
                ["epochSeconds"] = 3600,
                ["skewSeconds"] = 120,
                ["graceSeconds"] = 420,
            },
            ["identity"] = new JsonObject { ["keyFile"] = IdentityFile },
            ["tls"] = new JsonObject { ["certificateFile"] = CertificateFile, ["keyFile"] = KeyFile },
            ["listen"] = new JsonArray([.. listen.Select(address => JsonValue.Create(address))]),
            ["peers"] = new JsonArray(),
            ["dataDirectory"] = "data",
            ["log"] = new JsonObject { ["level"] = "information" },
        };
        if (kind == ConfigurationKind.Node)
        {
            configuration["mixing"] = new JsonObject { ["meanDelayMs"] = 50 };
            configuration["control"] = new JsonObject { ["socket"] = "data/control.sock" };
            configuration["contacts"] = new JsonArray();
        }

        return configuration;
    }

    public static void Write(string path, JsonObject configuration) =>
        SecretFile.Create(path, Encoding.UTF8.GetBytes(configuration.ToJsonString(Readable) + "\n"));
}
