using System.Text.Json;
using MixMq.Cli.Interop;
using MixMq.Cli.Processes;

namespace MixMq.Cli.Setup;

/// <summary>An operator's configuration file, one list of which is changed: checked by the executable itself before it takes the old one's place.</summary>
internal sealed class ConfigurationEdit
{
    private readonly byte[] _text;
    private readonly CliEnvironment _environment;

    private ConfigurationEdit(CliEnvironment environment, string path, ConfigurationKind kind, byte[] text, string list)
    {
        _text = text;
        _environment = environment;
        Path = path;
        Kind = kind;
        List = new JsonListEditor(text, list);
    }

    public string Path { get; }

    public ConfigurationKind Kind { get; }

    public JsonListEditor List { get; }

    /// <summary>Reads the file, or the one in the folder, that <paramref name="config"/> or MIXMQ_CONFIG names.</summary>
    /// <exception cref="CommandException">There is none, or it is no JSON.</exception>
    public static ConfigurationEdit Open(CliEnvironment environment, string? config, string list)
    {
        var path = ConfigurationLocator.PathOf(environment, config);
        try
        {
            var text = File.ReadAllBytes(path);
            return new ConfigurationEdit(environment, path, ConfigurationLocator.KindOf(text), text, list);
        }
        catch (JsonException failure)
        {
            throw CommandException.Usage($"{path} can't be read as configuration: {failure.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The configuration can't be read: {failure.Message}");
        }
    }

    /// <summary>The same file with a change that isn't written yet, and another of its lists to change.</summary>
    public ConfigurationEdit With(byte[] text, string list) => new(_environment, Path, Kind, text, list);

    /// <summary>Has the executable check the new text beside the file, and renames it over the old one unless it is only to be checked.</summary>
    /// <param name="text">The whole new text.</param>
    /// <param name="write">False: it is checked and forgotten.</param>
    /// <param name="cancellationToken">Gives up; the old file stays.</param>
    /// <exception cref="CommandException">The executable finds something wrong, or somebody else has changed the file meanwhile; the old one stays.</exception>
    public async Task ReplaceAsync(byte[] text, bool write, CancellationToken cancellationToken)
    {
        var executable = Executable.Find(Kind, _environment);
        // In the same folder, because the paths in it start from there.
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        var candidate = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(Path)}.{Guid.NewGuid():N}");
        try
        {
            SecretFile.Create(candidate, text);
            File.SetUnixFileMode(candidate, File.GetUnixFileMode(Path));
            // The program that runs reads it again, and is mostly not who writes it here.
            LibC.CopyOwner(Path, candidate);
            var (exitCode, findings) = await ForegroundProcess.CaptureAsync(executable, ["--config", candidate, "--check-config"], cancellationToken);
            if (exitCode != ExitCode.Success)
            {
                findings = findings.Replace(candidate, Path, StringComparison.Ordinal);
                throw CommandException.Usage($"{Path} stays as it is, because with this change it would be wrong:\n{findings}");
            }

            if (!write)
                return;
            if (!File.ReadAllBytes(Path).AsSpan().SequenceEqual(_text))
                throw CommandException.Failure($"{Path} was changed by somebody else meanwhile, and stays as it is now; try again.");
            File.Move(candidate, Path, overwrite: true);
            LibC.SyncFolder(folder);
        }
        finally
        {
            File.Delete(candidate);
        }
    }
}
