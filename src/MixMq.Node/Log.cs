using Microsoft.Extensions.Logging;

namespace MixMq.Node;

/// <summary>What the node itself logs.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Critical, Message = "{Reason} The node stops; what was accepted before is safe and goes on at the next start.")]
    internal static partial void StoreFailed(ILogger logger, string reason);
}
