using Microsoft.Extensions.Logging;
using MixMq.Overlay;

namespace MixMq.Transport.Links;

internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Link to {Peer} is up")]
    internal static partial void LinkUp(ILogger logger, string? peer);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Link to {Peer} is suspect: two HELLOs were missed")]
    internal static partial void LinkSuspect(ILogger logger, string? peer);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Link to {Peer} answers again")]
    internal static partial void LinkRecovered(ILogger logger, string? peer);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "Link to {Peer} is down: {Reason}")]
    internal static partial void LinkDown(ILogger logger, string? peer, LinkCloseReason? reason);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "Link to {Peer} moved to a newer connection")]
    internal static partial void LinkReplaced(ILogger logger, string? peer);

    [LoggerMessage(EventId = 150, Level = LogLevel.Information, Message = "Peer {Peer} is added")]
    internal static partial void PeerAdded(ILogger logger, string peer);

    [LoggerMessage(EventId = 151, Level = LogLevel.Information, Message = "Peer {Peer} is changed; where it must be, its link is made anew before the old connection goes")]
    internal static partial void PeerChanged(ILogger logger, string peer);

    [LoggerMessage(EventId = 152, Level = LogLevel.Information, Message = "Peer {Peer} is removed")]
    internal static partial void PeerRemoved(ILogger logger, string peer);

    [LoggerMessage(EventId = 100, Level = LogLevel.Error, Message = "A link's reader failed with {Failure}; the connection is closed")]
    internal static partial void ReaderFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "A link's writer failed with {Failure}; the connection is closed")]
    internal static partial void WriterFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 102, Level = LogLevel.Information, Message = "Listening for {Role} links on {Count} address(es)")]
    internal static partial void Listening(ILogger logger, string role, int count);

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

    [LoggerMessage(EventId = 108, Level = LogLevel.Information, Message = "Not listening for {Role} links any more")]
    internal static partial void NotListening(ILogger logger, string role);

    [LoggerMessage(EventId = 109, Level = LogLevel.Error, Message = "The listener for peers can't be opened again ({Failure}); trying on")]
    internal static partial void NotReopened(ILogger logger, string failure);
}
