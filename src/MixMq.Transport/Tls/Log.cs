using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Tls;

internal static partial class Log
{
    [LoggerMessage(EventId = 620, Level = LogLevel.Warning, Message = "The node's own certificate: {Warning}. Renew it; new files are taken without a restart")]
    internal static partial void OwnNearEnd(ILogger logger, string warning);

    [LoggerMessage(EventId = 621, Level = LogLevel.Warning, Message = "The certificate of {Peer}: {Warning}. Its operator must renew it, or its links will be refused")]
    internal static partial void PeerNearEnd(ILogger logger, string peer, string warning);

    [LoggerMessage(EventId = 622, Level = LogLevel.Warning, Message = "The trust of {Peer}: {Warning}")]
    internal static partial void ListOutdated(ILogger logger, string peer, string warning);

    [LoggerMessage(EventId = 623, Level = LogLevel.Warning, Message = "The certificate for peers outside: {Warning}. Renew it inside; the node there hands it over without a restart")]
    internal static partial void HandedNearEnd(ILogger logger, string warning);
}
