using System.Text.Json.Nodes;
using MixMq.Sphinx;

namespace MixMq.Cli.Setup;

/// <summary>What <c>init</c> made.</summary>
internal sealed record NodeFolder(string Folder, string ConfigurationPath, NodeAddress Address, string Pin)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Makes the folder of a node or float: configuration, identity key, and the TLS files that <paramref name="makeTls"/> writes
    /// (given the paths of certificate and key; it returns the pin). Nothing is overwritten, and nothing stays behind after a failure.
    /// </summary>
    /// <exception cref="CommandException">A file is there already, or can't be written.</exception>
    public static NodeFolder Create(string folder, ConfigurationKind kind, JsonObject configuration, Func<string, string, string> makeTls)
    {
        var configurationPath = Path.Combine(folder, ConfigurationFile.NameOf(kind));
        var identity = Path.Combine(folder, ConfigurationFile.IdentityFile);
        var certificate = Path.Combine(folder, ConfigurationFile.CertificateFile);
        var key = Path.Combine(folder, ConfigurationFile.KeyFile);
        string[] files = [configurationPath, identity, certificate, key];
        foreach (var file in files)
        {
            if (Path.Exists(file))
                throw CommandException.Usage($"{file} is there already, and nothing is ever overwritten; give another folder.");
        }

        var isNew = !Directory.Exists(folder);
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            var address = IdentityKey.Create(identity);
            var pin = makeTls(certificate, key);
            ConfigurationFile.Write(configurationPath, configuration);
            return new NodeFolder(folder, configurationPath, address, pin);
        }
        catch (Exception failure)
        {
            // All of them were missing before, so what is there now is ours.
            foreach (var file in files)
                File.Delete(file);
            if (isNew && Directory.Exists(folder))
                Directory.Delete(folder);
            if (failure is IOException or UnauthorizedAccessException)
                throw CommandException.Failure($"{folder} can't be written: {failure.Message}", failure);
            throw;
        }
    }
}
