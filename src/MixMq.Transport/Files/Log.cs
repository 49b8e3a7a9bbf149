using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Files;

internal static partial class Log
{
    [LoggerMessage(EventId = 400, Level = LogLevel.Error, Message = "The sequence file in the data directory can't be written ({Failure}); the node's record is not renewed until it can: check the disk")]
    internal static partial void SequenceNotStored(ILogger logger, string failure);
}
