using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Health;

internal static partial class Log
{
    [LoggerMessage(EventId = 500, Level = LogLevel.Warning, Message = "The status file can't be written ({Failure}); check the setting statusFile and the disk")]
    internal static partial void StatusNotWritten(ILogger logger, string failure);

    [LoggerMessage(EventId = 501, Level = LogLevel.Error, Message = "Accepting a health probe failed ({Error}); going on")]
    internal static partial void HealthAcceptFailed(ILogger logger, string error);
}
