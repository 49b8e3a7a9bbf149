using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Tls;

internal static partial class Log
{
    [LoggerMessage(EventId = 600, Level = LogLevel.Warning, Message = "The node's own certificate: {Warning}. Renew it; new files are taken without a restart")]
    internal static partial void OwnNearEnd(ILogger logger, string warning);

    [LoggerMessage(EventId = 601, Level = LogLevel.Warning, Message = "The certificate of {Peer}: {Warning}. Its operator must renew it, or its links will be refused")]
    internal static partial void PeerNearEnd(ILogger logger, string peer, string warning);

    [LoggerMessage(EventId = 602, Level = LogLevel.Warning, Message = "The trust of {Peer}: {Warning}")]
    internal static partial void ListOutdated(ILogger logger, string peer, string warning);
}
