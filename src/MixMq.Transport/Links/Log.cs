using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Links;

internal static partial class Log
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Error, Message = "A link's reader failed with {Failure}; the connection is closed")]
    internal static partial void ReaderFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "A link's writer failed with {Failure}; the connection is closed")]
    internal static partial void WriterFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 102, Level = LogLevel.Information, Message = "Listening on {Count} address(es)")]
    internal static partial void Listening(ILogger logger, int count);

    [LoggerMessage(EventId = 103, Level = LogLevel.Error, Message = "Accepting a connection failed ({Error}); going on")]
    internal static partial void AcceptFailed(ILogger logger, string error);

    [LoggerMessage(EventId = 104, Level = LogLevel.Warning, Message = "A connection was turned away: {Reason} ({Suppressed} more like it since the last such line)")]
    internal static partial void TurnedAway(ILogger logger, string reason, long suppressed);

    [LoggerMessage(EventId = 105, Level = LogLevel.Warning, Message = "Connection from {Peer} was turned away: {Reason} ({Suppressed} more like it since the last such line)")]
    internal static partial void PeerTurnedAway(ILogger logger, string peer, string reason, long suppressed);

    [LoggerMessage(EventId = 106, Level = LogLevel.Warning, Message = "Dialling {Peer} failed: {Reason} ({Suppressed} more like it since the last such line)")]
    internal static partial void DialFailed(ILogger logger, string peer, string reason, long suppressed);

    [LoggerMessage(EventId = 107, Level = LogLevel.Error, Message = "A connection's set-up failed with {Failure}; the connection is closed")]
    internal static partial void SetUpFailed(ILogger logger, string failure);
}
