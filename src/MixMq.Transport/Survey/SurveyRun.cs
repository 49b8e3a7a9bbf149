using System.Collections.Immutable;
using System.Text;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Survey;

/// <summary><c>--doctor</c> of an executable: surveys, shows what was found, and writes the bundle if one is wanted.</summary>
internal static class SurveyRun
{
    private const int Healthy = 0;
    private const int Problems = 1;
    private const int WidthOfFiles = 100;

    /// <returns>0: healthy; 1: there are problems, or the bundle couldn't be written.</returns>
    internal static async Task<int> RunAsync<T>(SurveyRequest request, ConfigurationResult<T> result, Func<T, CancellationToken, Task<SurveyAddition>>? further, TimeProvider time)
        where T : RelayConfiguration
    {
        using var interrupt = new CancellationTokenSource();
        ConsoleCancelEventHandler handler = (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupt.Cancel();
        };
        Console.CancelKeyPress += handler;
        try
        {
            var findings = result.Value is { } valid ? await RelaySurvey.RunAsync(valid, request.Peer, time, interrupt.Token) : RelaySurvey.OfErrors(result.Errors);
            var addition = result.Value is { } configuration && further is not null && request.Peer is null
                ? await FurtherAsync(() => further(configuration, interrupt.Token), interrupt.Token)
                : new SurveyAddition([], []);
            ImmutableArray<Finding> all = [.. findings, .. addition.Findings];
            await Console.Out.WriteLineAsync(request.Json ? SurveyText.ToJson(all) : SurveyText.Format(all, Width()).TrimEnd('\n'));
            if (request.Bundle is { } bundle)
            {
                await WriteAsync(bundle, result, all, addition.Files, time, request.Json);
            }

            return SurveyText.IsHealthy(all) ? Healthy : Problems;
        }
        catch (OperationCanceledException)
        {
            return Problems;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && request.Bundle is not null)
        {
            await Console.Error.WriteLineAsync(
                File.Exists(request.Bundle) ? $"{request.Bundle} exists already, and is never overwritten; name another file." : $"{request.Bundle} can't be written; check its folder.");
            return Problems;
        }
        finally
        {
            Console.CancelKeyPress -= handler;
        }
    }

    private static async Task<SurveyAddition> FurtherAsync(Func<Task<SurveyAddition>> further, CancellationToken cancellation)
    {
        var files = ImmutableArray<(string Name, byte[] Content)>.Empty;
        var findings = await SurveyStep.TakeAsync("node", "", async () =>
        {
            var addition = await further();
            files = addition.Files;
            return addition.Findings;
        }, cancellation);
        return new SurveyAddition(findings, files);
    }

    private static async Task WriteAsync<T>(
        string file, ConfigurationResult<T> result, ImmutableArray<Finding> findings, ImmutableArray<(string Name, byte[] Content)> files, TimeProvider time, bool quiet)
        where T : RelayConfiguration
    {
        SupportBundle.Write(file, result, findings, files, time.GetUtcNow());
        if (!quiet)
        {
            await Console.Out.WriteLineAsync($"Wrote {file}. Names, addresses, hosts and paths in it are replaced; have a look before it is sent: tar -xzOf {file}");
        }
    }

    private static int Width()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth <= 0 ? WidthOfFiles : Console.WindowWidth;
        }
        catch (IOException)
        {
            return WidthOfFiles;
        }
    }
}
