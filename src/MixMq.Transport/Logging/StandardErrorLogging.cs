using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MixMq.Transport.Logging;

/// <summary>How every MixMq executable logs.</summary>
public static class StandardErrorLogging
{
    /// <summary>
    /// One line an event on standard error, with a UTC timestamp. Where standard error isn't read, lines are dropped (and the
    /// loss is said) rather than threads held up.
    /// </summary>
    /// <param name="logging">The builder.</param>
    /// <param name="level">Least level of MixMq's own events; of the frameworks', warnings and above are shown.</param>
    public static ILoggingBuilder AddStandardError(this ILoggingBuilder logging, LogLevel level)
    {
        ArgumentNullException.ThrowIfNull(logging);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("MixMq", level);

        // What keeps the host from starting or stopping is thrown, and the program says it: here it would stand with its call stack.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        logging.Services.Configure<ConsoleLoggerOptions>(options =>
        {
            options.LogToStandardErrorThreshold = LogLevel.Trace;
            options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            options.FormatterName = ConsoleFormatterNames.Simple;
        });
        return logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            options.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }
}
