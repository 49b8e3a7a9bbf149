using System.CommandLine;

namespace MixMq.Cli.Commands;

/// <summary>A setting of a peer that is true or not: the option that sets it, and the one of a change that takes it back.</summary>
/// <param name="key">Its name in the entry.</param>
/// <param name="option">The option that sets it: two hyphens and a name.</param>
/// <param name="description">What is so where it is set.</param>
internal sealed class PeerSwitch(string key, string option, string description)
{
    public string Key { get; } = key;

    public Option<bool> On { get; } = new(option) { Description = description };

    public Option<bool> Off { get; } = new("--no-" + option[2..]) { Description = $"No longer {option}." };

    public Option[] Both => [On, Off];
}
