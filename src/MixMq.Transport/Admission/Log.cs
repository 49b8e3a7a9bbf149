using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Admission;

internal static partial class Log
{
    [LoggerMessage(EventId = 450, Level = LogLevel.Error, Message = "What the network's authorities have said can't be written to the data directory ({Failure}); after a restart it must be learnt anew: check the disk")]
    internal static partial void NotStored(ILogger logger, string failure);

    [LoggerMessage(EventId = 451, Level = LogLevel.Information, Message = "The network's authorities: parameters number {Parameters} hold, revocation list number {Revocations} (0: none), {Entries} entries of the map, {Successions} successor statements")]
    internal static partial void Holds(ILogger logger, ulong parameters, ulong revocations, int entries, int successions);

    [LoggerMessage(EventId = 452, Level = LogLevel.Warning, Message = "{Happened} {Advice}")]
    internal static partial void Replaced(ILogger logger, string happened, string advice);
}
