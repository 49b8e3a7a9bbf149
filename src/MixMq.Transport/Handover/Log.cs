using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Handover;

internal static partial class Log
{
    [LoggerMessage(EventId = 650, Level = LogLevel.Warning, Message = "{What} can't be handed over: {Reason}")]
    internal static partial void NotHandedOver(ILogger logger, string what, string reason);

    [LoggerMessage(EventId = 651, Level = LogLevel.Information, Message = "The certificate for peers outside was handed over by {Peer} and is in use")]
    internal static partial void CertificateTaken(ILogger logger, string peer);

    [LoggerMessage(EventId = 652, Level = LogLevel.Warning, Message = "The certificate that {Peer} handed over can't be used: {Reason}")]
    internal static partial void CertificateNotTaken(ILogger logger, string peer, string reason);

    [LoggerMessage(EventId = 653, Level = LogLevel.Warning, Message = "{Peer} handed over a certificate, which this float doesn't expect and has dropped; set tls:publicHandedOver, or remove handOver's files there")]
    internal static partial void NotExpected(ILogger logger, string peer);

    [LoggerMessage(EventId = 654, Level = LogLevel.Information, Message = "The certificate for peers outside is forgotten: who handed it over is gone")]
    internal static partial void CertificateForgotten(ILogger logger);

    [LoggerMessage(EventId = 655, Level = LogLevel.Information, Message = "{Peer} handed over {Count} revocation lists, which are in use")]
    internal static partial void ListsTaken(ILogger logger, string peer, int count);

    [LoggerMessage(EventId = 656, Level = LogLevel.Warning, Message = "What {Peer} handed over as revocation lists can't be used, so what was there before stays in use")]
    internal static partial void ListsNotTaken(ILogger logger, string peer);
}
