using Microsoft.Extensions.Logging;

namespace MixMq.Contracts.Server;

/// <summary>The server side's log. An exception's message is left out: it may quote what the caller sent.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The handler of {Method} failed with {ExceptionType}: {StackTrace}")]
    public static partial void HandlerFailed(ILogger logger, string method, string? exceptionType, string? stackTrace);
}
