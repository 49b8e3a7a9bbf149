using Microsoft.Extensions.Logging;

namespace MixMq.Node.Messaging;

/// <summary>What the endpoint's shell logs: nothing about who, what or when of a message.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The endpoint core failed: {Failure} at {Place}. Please report this.")]
    internal static partial void CoreFailed(ILogger logger, string failure, string place);
}
