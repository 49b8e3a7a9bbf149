using Microsoft.Extensions.Logging;

namespace MixMq.Transport;

internal static partial class Log
{
    [LoggerMessage(EventId = 6, Level = LogLevel.Error, Message = "A connection ended with {Failure}")]
    internal static partial void ConnectionFailed(ILogger logger, string failure);

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "Started, {Peers} peer(s) configured")]
    internal static partial void Started(ILogger logger, int peers);

    [LoggerMessage(EventId = 8, Level = LogLevel.Information, Message = "Stopping")]
    internal static partial void Stopping(ILogger logger);

    [LoggerMessage(EventId = 9, Level = LogLevel.Information, Message = "Stopped")]
    internal static partial void Stopped(ILogger logger);

    [LoggerMessage(
        EventId = 10,
        Level = LogLevel.Warning,
        Message = "The limits allow {PacketMiB} MiB of packets and {ReplayMiB} MiB of replay filters, and there are {AvailableMiB} MiB of memory: under full load the process would be ended. Lower limits:packetBuffers, limits:nodePacketsPerSecond, or the network's epoch")]
    internal static partial void MemoryShort(ILogger logger, long packetMiB, long replayMiB, long availableMiB);
}
