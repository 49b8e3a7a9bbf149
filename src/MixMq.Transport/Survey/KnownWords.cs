using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>The words by which the program counts; another word in a status text isn't its own.</summary>
internal static class KnownWords
{
    private static readonly HashSet<string> Counters =
        [.. Enum.GetNames<DropCause>(), .. Enum.GetNames<LinkRefusalReason>(), .. Enum.GetNames<TlsFailure>()];

    internal static bool IsCounter(string word) => Counters.Contains(word);
}
