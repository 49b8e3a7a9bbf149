using MixMq.Transport.Configuration;

namespace MixMq.Node.Configuration;

/// <summary>How much may wait in the inbox, of one sender and of all; see <see cref="MixMq.Endpoint.EndpointOptions.MaxInboxMessages"/>.</summary>
internal sealed record InboxLimits
{
    private const long BytesPerMiB = 1 << 20;

    /// <summary>Of one sender, <c>messaging:inboxMessagesPerSender</c>.</summary>
    public int MessagesPerSender { get; private init; } = 65_536;

    /// <summary>Of one sender, <c>messaging:inboxMiBPerSender</c>.</summary>
    public int MiBPerSender { get; private init; } = 2048;

    /// <summary>Of all, <c>messaging:inboxMessages</c>.</summary>
    public int Messages { get; private init; } = 524_288;

    /// <summary>Of all, <c>messaging:inboxMiB</c>.</summary>
    public int MiB { get; private init; } = 16_384;

    /// <summary>Of all that have no sender, <c>messaging:anonymousMessages</c>.</summary>
    public int AnonymousMessages { get; private init; } = 1024;

    /// <summary>Of all that have no sender, <c>messaging:anonymousMiB</c>.</summary>
    public int AnonymousMiB { get; private init; } = 64;

    public long AnonymousBytes => AnonymousMiB * BytesPerMiB;

    public long BytesPerSender => MiBPerSender * BytesPerMiB;

    public long Bytes => MiB * BytesPerMiB;

    /// <summary>Reads the limits; greater contents raise what isn't configured.</summary>
    internal static InboxLimits Read(ConfigurationReader messaging, int maxContentMiB)
    {
        var defaults = new InboxLimits();
        int perSender = messaging.Integer("inboxMiBPerSender", Math.Max(defaults.MiBPerSender, 2 * maxContentMiB), 8, int.MaxValue);
        return new InboxLimits
        {
            MessagesPerSender = messaging.Integer("inboxMessagesPerSender", defaults.MessagesPerSender, 2, int.MaxValue),
            MiBPerSender = perSender,
            Messages = messaging.Integer("inboxMessages", defaults.Messages, 2, int.MaxValue),
            AnonymousMessages = messaging.Integer("anonymousMessages", defaults.AnonymousMessages, 1, 1_000_000),
            AnonymousMiB = messaging.Integer("anonymousMiB", defaults.AnonymousMiB, 4, 4096),
            MiB = messaging.Integer("inboxMiB", Math.Max(defaults.MiB, perSender), 8, int.MaxValue),
        };
    }
}
