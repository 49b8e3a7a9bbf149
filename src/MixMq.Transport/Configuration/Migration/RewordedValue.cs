namespace MixMq.Transport.Configuration.Migration;

/// <summary>A word that a setting takes and that is written otherwise since.</summary>
/// <param name="Since">The first version that has it.</param>
/// <param name="Path">The setting.</param>
/// <param name="Word">The word as it was, without regard to case.</param>
/// <param name="NewWord">The word as it is.</param>
public sealed record RewordedValue(int Since, string Path, string Word, string NewWord) : SettingStep(Since, Path)
{
    internal override string Describe(string path) => $"takes {NewWord} in place of {Word} since version {Since} of the configuration";
}
