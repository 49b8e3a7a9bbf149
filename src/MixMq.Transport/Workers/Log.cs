using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Workers;

internal static partial class Log
{
    [LoggerMessage(EventId = 200, Level = LogLevel.Error, Message = "Crypto work {Work} failed with {Failure}; its result is lost")]
    internal static partial void WorkItemFailed(ILogger logger, string work, string failure);
}
