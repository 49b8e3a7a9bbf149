using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tokens;

namespace MixMq.Transport.Tests.Tokens;

/// <summary>
/// A token of SoftHSM. A process has one PKCS#11 module, and SoftHSM looks for tokens when it starts: all that tests use are made before the first is used.
/// </summary>
internal sealed partial class SoftToken
{
    internal const string Pin = "2468-right";
    private static readonly Lazy<Dictionary<string, SoftToken>> All = new(Make);
    private static string? _root;

    private SoftToken(string label, string folder) => (Label, Folder) = (label, folder);

    /// <summary>Where it is a test's own: what is done to it is seen by no other test.</summary>
    internal static SoftToken Get(string label) => All.Value[label];

    internal static string? Module { get; } = ((string[])["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"]).FirstOrDefault(File.Exists);

    /// <summary>What is missing for such tests; null: nothing.</summary>
    internal static string? Missing { get; } =
        ForeignFactAttribute.Find("softhsm2-util") is null || Module is null ? "SoftHSM"
        : !Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*").Append("/usr/lib64").Any(folder => File.Exists(Path.Combine(folder, "engines-3", "pkcs11.so"))) ? "OpenSSL's engine pkcs11"
        : null;

    internal string Label { get; }

    /// <summary>Its files: without them it is gone.</summary>
    internal string Folder { get; }

    /// <summary>Deletes all of them; no test uses one after this.</summary>
    internal static void DeleteAll()
    {
        if (_root is not null)
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    /// <summary>Puts a key into it, which doesn't come out again.</summary>
    internal SoftToken Put(AsymmetricAlgorithm key, string label, string id, TestFolder folder)
    {
        var file = folder.Write($"{label}-{id}.pem", key.ExportPkcs8PrivateKeyPem());
        Run("softhsm2-util", "--import", file, "--token", Label, "--label", label, "--id", id, "--pin", Pin);
        File.Delete(file);
        return this;
    }

    internal string Text(string key, string pinFile) => $"pkcs11:token={Label};object={key}?module-path={Module}&pin-source=file:{pinFile}";

    internal TokenUri Uri(string key, TestFolder folder, string pin = Pin)
    {
        Assert.True(TokenUri.TryParse(Text(key, folder.Write("pin", pin + "\n")), folder.Path, credentials: null, out var uri, out var error), error);
        return uri;
    }

    private static Dictionary<string, SoftToken> Make()
    {
        // Its modules read the settings of the process they are in; .NET's own setting of variables doesn't reach them.
        var root = Directory.CreateTempSubdirectory("mixmq-tokens-").FullName;
        _root = root;
        var tokens = Directory.CreateDirectory(Path.Combine(root, "tokens")).FullName;
        var settings = Path.Combine(root, "softhsm2.conf");
        File.WriteAllText(settings, $"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
        Environment.SetEnvironmentVariable("SOFTHSM2_CONF", settings);
        Assert.Equal(0, SetVariable("SOFTHSM2_CONF", settings, 1));
        var made = new Dictionary<string, SoftToken>();
        foreach (var label in (string[])["links", "pins", "gone", "both"])
        {
            var before = Directory.GetDirectories(tokens);
            Run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", Pin, "--so-pin", "1357-officer");
            made.Add(label, new SoftToken(label, Directory.GetDirectories(tokens).Except(before).Single()));
        }

        // Two with one label.
        Run("softhsm2-util", "--init-token", "--free", "--label", "both", "--pin", Pin, "--so-pin", "1357-officer");
        return made;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.Result);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
