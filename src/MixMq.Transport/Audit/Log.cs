using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Audit;

internal static partial class Log
{
    [LoggerMessage(EventId = 600, Level = LogLevel.Error, Message = "The audit trail can't be written ({Failure}); links go on, and what is missing will be counted in it: check the disk")]
    internal static partial void AuditNotWritten(ILogger logger, string failure);

    [LoggerMessage(EventId = 601, Level = LogLevel.Information, Message = "The audit trail is written again")]
    internal static partial void AuditGoesOn(ILogger logger);

    [LoggerMessage(EventId = 602, Level = LogLevel.Warning, Message = "The audit trail's file was set aside and a new one goes on from its last good line: {Found}")]
    internal static partial void AuditSetAside(ILogger logger, string found);
}
