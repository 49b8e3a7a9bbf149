using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Scheduling;

internal static partial class Log
{
    [LoggerMessage(EventId = 300, Level = LogLevel.Error, Message = "The overlay core failed on one input with {Failure} {Place}; going on with the next")]
    internal static partial void CoreFailed(ILogger logger, string failure, string place);

    [LoggerMessage(EventId = 301, Level = LogLevel.Critical, Message = "The overlay's scheduler ended with {Failure}")]
    internal static partial void SchedulerFailed(ILogger logger, string failure);
}
