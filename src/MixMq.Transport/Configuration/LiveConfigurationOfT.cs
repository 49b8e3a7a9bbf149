using System.Collections;
using System.Collections.Immutable;
using MixMq.Transport.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <inheritdoc/>
/// <typeparam name="T">The program's configuration.</typeparam>
public sealed class LiveConfiguration<T> : LiveConfiguration
    where T : RelayConfiguration
{
    private readonly IDictionary _environment;
    private readonly ImmutableArray<KeyValuePair<string, string>> _overrides;
    private readonly Func<ConfigurationReader, T?> _read;
    private readonly ImmutableArray<string> _sections;
    private readonly RevocationSet _handedLists;
    private SettingTree _inForce;

    internal LiveConfiguration(
        string file,
        IDictionary environment,
        ImmutableArray<KeyValuePair<string, string>> overrides,
        Func<ConfigurationReader, T?> read,
        ConfigurationResult<T> running)
        : base(Path.GetFullPath(file))
    {
        _environment = environment;
        _overrides = overrides;
        _read = read;
        _sections = running.Value!.LiveSections;
        _handedLists = running.Value.HandedLists;
        _inForce = running.Settings;
    }

    /// <summary>Takes what the program itself has of the new configuration, after the overlay; sentences for the log. Set before the start.</summary>
    public Func<T, IEnumerable<string>> Taken { get; set; } = _ => [];

    private protected override ReloadOutcome Read(Func<RelayConfiguration, IReadOnlyCollection<PeerChange>> apply)
    {
        var errors = new List<ConfigurationError>();
        var settings = ConfigurationLoader.ReadSettings(File, _environment, _overrides, errors);
        if (errors.Count > 0)
        {
            return ReloadOutcome.Refused(errors);
        }

        ImmutableArray<string> later = [.. _inForce.DifferencesTo(settings, _sections)];
        var taken = settings;
        if (!later.IsEmpty)
        {
            // For the next start it must be right as it is, or the operator would find out then.
            var whole = ConfigurationLoader.Load(File, settings, new RevocationSet(), _read);
            Discard(whole.Value);
            if (!whole.IsValid)
            {
                return ReloadOutcome.Refused(whole.Errors);
            }

            taken = _inForce.With(settings, _sections);
        }

        var result = ConfigurationLoader.Load(File, taken, _handedLists, _read);
        if (!result.IsValid)
        {
            return ReloadOutcome.Refused(result.Errors, later);
        }

        // What it holds beside peers is in use already, as it was read at the start or from files that changed since.
        Discard(result.Value);
        var changes = apply(result.Value);
        _inForce = taken;
        return new ReloadOutcome
        {
            Added = Names(changes, change => change.Before is null),
            Changed = Names(changes, change => change is { Before: not null, After: not null }),
            Removed = Names(changes, change => change.After is null),
            Further = [.. Taken(result.Value)],
            NextStart = later,
        };
    }

    private static ImmutableArray<string> Names(IEnumerable<PeerChange> changes, Func<PeerChange, bool> which) =>
        [.. changes.Where(which).Select(change => change.Name)];

    private static void Discard(T? configuration)
    {
        configuration?.Certificate.Dispose();
        configuration?.Outward.Credentials?.Dispose();
    }
}
