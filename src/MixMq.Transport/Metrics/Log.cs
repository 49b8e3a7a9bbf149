using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Metrics;

internal static partial class Log
{
    [LoggerMessage(EventId = 510, Level = LogLevel.Warning, Message = "The file of metrics can't be written ({Kind}); check metrics:file and its folder's owner")]
    internal static partial void NotWritten(ILogger log, string kind);
}
