using System.Globalization;

namespace MixMq.Cli.Output;

/// <summary>Shows on one line of standard error how far a transfer has come, a few times a second, where a person watches.</summary>
internal sealed class ByteProgress(CommandOutput output, string what, long size) : IProgress<long>, IDisposable
{
    private const double MiB = 1 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private long _shown;
    private bool _any;

    /// <inheritdoc/>
    public void Report(long value)
    {
        if (!output.Interactive || output.Json || (_any && TimeProvider.System.GetElapsedTime(_shown) < Pause))
            return;
        _shown = TimeProvider.System.GetTimestamp();
        _any = true;
        var of = size > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {size / MiB:0.0} MiB ({100 * (double)value / size:0} %)") : " MiB";
        output.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{what}: {value / MiB:0.0}{of}   "));
        output.Error.Flush();
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (_any)
            output.Error.WriteLine();
    }
}
