using System.Collections.Immutable;

namespace MixMq.Transport.Configuration.Migration;

/// <summary>The versions that configurations have had, and what changed its name between them. A configuration says its version in <see cref="Member"/>; one that doesn't is of the first.</summary>
public sealed class ConfigurationHistory
{
    /// <summary>The member at the top of a configuration that says its version.</summary>
    public const string Member = "version";

    /// <param name="steps">What changed, in any order.</param>
    /// <exception cref="ArgumentException">One is of the first version, before which there was none, or leads back to itself.</exception>
    public ConfigurationHistory(params ReadOnlySpan<SettingStep> steps)
    {
        foreach (var step in steps)
        {
            if (step.Since < 2
                || (step is RenamedSetting renamed && string.Equals(renamed.Path, renamed.NewPath, StringComparison.OrdinalIgnoreCase))
                || (step is RewordedValue reworded && string.Equals(reworded.Word, reworded.NewWord, StringComparison.OrdinalIgnoreCase)))
            {
                throw new ArgumentException($"{step.Path}: a step is since version 2 or later, and leads to another name or word.", nameof(steps));
            }
        }

        Steps = [.. steps.ToArray().OrderBy(step => step.Since)];
        Present = Steps.IsEmpty ? 1 : Steps[^1].Since;
    }

    /// <summary>
    /// MixMq's own. A name that goes or moves, and a word that changes, becomes a step here with the next version; a name or word that was once used for something
    /// is never used for something else. (The tests keep the names of all versions and fail where one is neither read nor in here.) None has changed yet.
    /// </summary>
    public static ConfigurationHistory Own { get; } = new();

    /// <summary>The version that this program writes, and the newest that it reads.</summary>
    public int Present { get; }

    /// <summary>What changed, the oldest first.</summary>
    public ImmutableArray<SettingStep> Steps { get; }

    /// <summary>What an operator is told who uses a name or word that was replaced; null: it wasn't.</summary>
    /// <param name="path">The whole path of the setting.</param>
    /// <param name="value">What it is set to; null: a section or nothing.</param>
    internal string? Replaced(string path, string? value)
    {
        foreach (var step in Steps)
        {
            switch (step)
            {
                case RewordedValue reworded when reworded.Match(path) is not null && string.Equals(value?.Trim(), reworded.Word, StringComparison.OrdinalIgnoreCase):
                    return step.Describe(path);
                case RenamedSetting renamed when renamed.IsAbout(path):
                    // It may have moved more than once.
                    return Replaced(renamed.NewPathOf(path), value) ?? step.Describe(path);
                case RemovedSetting when step.IsAbout(path):
                    return step.Describe(path);
                default:
                    break;
            }
        }

        return null;
    }
}
