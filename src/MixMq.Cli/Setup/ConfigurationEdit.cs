using System.Text.Json;
using MixMq.Cli.Interop;
using MixMq.Cli.Processes;

namespace MixMq.Cli.Setup;

/// <summary>An operator's configuration file, of which a list or anything is changed: checked by the executable itself before it takes the old one's place.</summary>
internal sealed class ConfigurationEdit
{
    private readonly CliEnvironment _environment;
    private readonly JsonListEditor? _list;

    private ConfigurationEdit(CliEnvironment environment, string path, ConfigurationKind kind, byte[] text, string? list)
    {
        _environment = environment;
        Path = path;
        Kind = kind;
        Text = text;
        _list = list is null ? null : new JsonListEditor(text, list);
    }

    public string Path { get; }

    public ConfigurationKind Kind { get; }

    /// <summary>The whole text as it was read.</summary>
    public byte[] Text { get; }

    /// <summary>The list that is changed.</summary>
    /// <exception cref="InvalidOperationException">It was opened without one.</exception>
    public JsonListEditor List => _list ?? throw new InvalidOperationException("This edit is of no list.");

    /// <summary>Reads the file, or the one in the folder, that <paramref name="config"/> or MIXMQ_CONFIG names.</summary>
    /// <param name="environment">Where it is looked for.</param>
    /// <param name="config">The file or its folder.</param>
    /// <param name="list">The list that is to be changed; null: something else is.</param>
    /// <exception cref="CommandException">There is none, or it is no JSON.</exception>
    public static ConfigurationEdit Open(CliEnvironment environment, string? config, string? list)
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
    /// <param name="keep">A file for the old text, with the old one's owner and mode, which doesn't exist yet; null: it isn't kept.</param>
    /// <param name="cancellationToken">Gives up; the old file stays.</param>
    /// <exception cref="CommandException">The executable finds something wrong, or somebody else has changed the file meanwhile; the old one stays.</exception>
    public async Task ReplaceAsync(byte[] text, bool write, string? keep, CancellationToken cancellationToken)
    {
        var executable = Executable.Find(Kind, _environment);
        // In the same folder, because the paths in it start from there.
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        var candidate = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(Path)}.{Guid.NewGuid():N}");
        try
        {
            PutBeside(candidate, text);
            var (exitCode, findings) = await ForegroundProcess.CaptureAsync(executable, ["--config", candidate, "--check-config"], cancellationToken);
            if (exitCode != ExitCode.Success)
            {
                findings = findings.Replace(candidate, Path, StringComparison.Ordinal);
                throw CommandException.Usage($"{Path} stays as it is, because with this change it would be wrong:\n{findings}");
            }

            if (!write)
                return;
            if (!File.ReadAllBytes(Path).AsSpan().SequenceEqual(Text))
                throw CommandException.Failure($"{Path} was changed by somebody else meanwhile, and stays as it is now; try again.");
            if (keep is not null)
                PutBeside(keep, Text);
            File.Move(candidate, Path, overwrite: true);
            LibC.SyncFolder(folder);
        }
        finally
        {
            File.Delete(candidate);
        }
    }

    /// <summary>A new file whose owner and mode are this one's: the program that runs reads it again, and is mostly not who writes it here.</summary>
    private void PutBeside(string file, byte[] text)
    {
        SecretFile.Create(file, text);
        File.SetUnixFileMode(file, File.GetUnixFileMode(Path));
        LibC.CopyOwner(Path, file);
    }
}
