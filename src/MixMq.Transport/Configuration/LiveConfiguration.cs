using MixMq.Transport.Links;

namespace MixMq.Transport.Configuration;

/// <summary>
/// The configuration of a running program, which is read again when its file changes. What is there is checked completely before any of it is taken:
/// as a whole, for the next start, and what can be taken now together with the settings that stay.
/// </summary>
/// <remarks>Used by one task at a time, but for <see cref="Last"/>.</remarks>
public abstract class LiveConfiguration
{
    private ReloadOutcome? _last;

    private protected LiveConfiguration(string file) => File = file;

    /// <summary>Absolute path of the file.</summary>
    public string File { get; }

    /// <summary>What came of the last reading; null: none since the start.</summary>
    public ReloadOutcome? Last => Volatile.Read(ref _last);

    /// <summary>Reads again and takes what can be taken.</summary>
    internal ReloadOutcome Take(Func<RelayConfiguration, IReadOnlyCollection<PeerChange>> apply)
    {
        var outcome = Read(apply);
        Volatile.Write(ref _last, outcome);
        return outcome;
    }

    private protected abstract ReloadOutcome Read(Func<RelayConfiguration, IReadOnlyCollection<PeerChange>> apply);
}
