using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Files;

internal static partial class Log
{
    [LoggerMessage(EventId = 400, Level = LogLevel.Error, Message = "The sequence file in the data directory can't be written ({Failure}); the node's record is not renewed until it can: check the disk")]
    internal static partial void SequenceNotStored(ILogger logger, string failure);

    [LoggerMessage(EventId = 401, Level = LogLevel.Information, Message = "{What}: read again, and in use from now on")]
    internal static partial void Taken(ILogger logger, string what);

    [LoggerMessage(EventId = 406, Level = LogLevel.Information, Message = "{What}: read again, and judged by its signatures; the status text says what holds, and warns of what is refused")]
    internal static partial void Given(ILogger logger, string what);

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "{What}: read again, but can't be used, so what was there before stays in use: {Reason}")]
    internal static partial void NotTaken(ILogger logger, string what, string reason);

    [LoggerMessage(EventId = 404, Level = LogLevel.Warning, Message = "Of the configuration these settings have changed, and take effect at the next start alone: {Settings}")]
    internal static partial void NextStart(ILogger logger, string settings);

    [LoggerMessage(EventId = 405, Level = LogLevel.Information, Message = "Of the configuration is in use from now on: {What}")]
    internal static partial void FurtherTaken(ILogger logger, string what);

    [LoggerMessage(EventId = 403, Level = LogLevel.Warning, Message = "The system doesn't tell of changes in a folder of certificates ({Failure}); they are found at the next look (tls:pollSeconds)")]
    internal static partial void NoEvents(ILogger logger, string failure);
}
