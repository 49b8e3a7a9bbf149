namespace MixMq.Transport.Configuration.Migration;

/// <summary>A setting or section that has another name, or another place, since. Its stars and those of <paramref name="NewPath"/> mean the same elements.</summary>
/// <param name="Since">The first version that has it.</param>
/// <param name="Path">Where it was.</param>
/// <param name="NewPath">Where it is.</param>
public sealed record RenamedSetting(int Since, string Path, string NewPath) : SettingStep(Since, Path)
{
    internal override string Describe(string path) => $"is called {NewPathOf(path)} since version {Since} of the configuration";

    /// <summary>Where what was at a path, or below it, is now.</summary>
    internal string NewPathOf(string path)
    {
        var parts = path.Split(':');
        return string.Join(':', [Fill(NewPath, Match(string.Join(':', parts[..Depth]))!), .. parts[Depth..]]);
    }
}
