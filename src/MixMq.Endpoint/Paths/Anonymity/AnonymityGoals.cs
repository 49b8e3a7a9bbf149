namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>What a graph should give its paths. Below these, <see cref="AnonymityAnalysis"/> warns.</summary>
public static class AnonymityGoals
{
    /// <summary>Greatest total variation between the last relay's odds given the first relay, and its odds without knowing it.</summary>
    public const double TotalVariation = 0.1;

    /// <summary>Least entropy of a path between two given ends, in bits, for all but one in a hundred pairs.</summary>
    public const double EntropyBits = 8;

    /// <summary>Greatest load on a link between relays, in units of the mean.</summary>
    public const double LinkLoad = 1.5;

    /// <summary>Fewest relays that together see half of the paths.</summary>
    public const int Observers = 3;
}
