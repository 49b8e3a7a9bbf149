namespace MixMq.Transport.Configuration.Migration;

/// <summary>A setting or section that is no more.</summary>
/// <param name="Since">The first version without it.</param>
/// <param name="Path">Where it was.</param>
/// <param name="Reason">Why it can go, as a clause.</param>
public sealed record RemovedSetting(int Since, string Path, string Reason) : SettingStep(Since, Path)
{
    internal override string Describe(string path) => $"is gone since version {Since} of the configuration: {Reason}";
}
