using MixMq.Transport.Configuration;

namespace MixMq.Transport.Survey;

/// <summary>
/// The key of the certificate, where it is in a token. Reading the configuration has opened the token, tried the PIN and had something signed; nothing of it is done again here, for a token
/// takes few wrong PINs.
/// </summary>
internal static class TokenSurvey
{
    private const UnixFileMode WritableToOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>What went wrong when the configuration was read. The sentence is "what; what to do".</summary>
    internal static Finding Of(ConfigurationError error)
    {
        var parts = error.Message.Split("; ", 2);
        return new Finding(FindingLevel.Problem, "token", "", error.Code, parts[0], parts.Length > 1 ? parts[1] : "see packaging/README.md, \"A key in a token\"");
    }

    /// <summary>What is to be said of one that works.</summary>
    internal static IEnumerable<Finding> Of(RelayConfiguration configuration)
    {
        if (configuration.CertificateFiles?.TokenKey is not { } uri)
        {
            yield break;
        }

        yield return Finding.Ok(
            "token", "", $"'{uri.Token}' opens with the PIN of {uri.PinFile}, which {(uri.IsCredential ? "the service manager gives to this service alone" : "its owner alone can read")}; it has the key '{uri.Key}', which has signed for the certificate");
        var folder = Path.GetDirectoryName(uri.PinFile)!;
        if (!uri.IsCredential && (File.GetUnixFileMode(folder) & (WritableToOthers | UnixFileMode.StickyBit)) is not (UnixFileMode.None or UnixFileMode.StickyBit) and var mode && !mode.HasFlag(UnixFileMode.StickyBit))
        {
            yield return new Finding(
                FindingLevel.Warning, "token", "", "pin-folder", $"others than its owner may write to {folder}, and so put another file in the place of that with the PIN: wrong PINs lock the token", $"chmod go-w '{folder}'");
        }
    }
}
