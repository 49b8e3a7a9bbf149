using MixMq.Contracts.Wire;
using MixMq.Crypto;
using MixMq.Endpoint.Paths.Anonymity;
using MixMq.Overlay;
using MixMq.Overlay.Topology;

namespace MixMq.Node.Api;

/// <summary>
/// Runs analyses, one at a time, each on a thread of its own: it takes seconds of a processor in a large network, and neither the cores nor
/// the thread pool may wait for it. It takes one processor at most; on Linux threads have no priority that .NET could lower.
/// </summary>
internal sealed class AnonymityRun
{
    private bool _isRunning;

    /// <summary>Analyses a view.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: another analysis is running.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    internal async Task<AnonymityReport> RunAsync(TopologyView view, NetworkParameters network, uint epoch, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _isRunning, true))
        {
            throw new RpcException(GrpcStatusCode.ResourceExhausted, "An analysis is running already; ask again when it has ended.");
        }

        try
        {
            var result = new TaskCompletionSource<AnonymityReport>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => Analyse(view, network, epoch, result, cancellation))
            {
                IsBackground = true,
                Name = "MixMq analysis",
            }.Start();
            return await result.Task;
        }
        finally
        {
            Volatile.Write(ref _isRunning, false);
        }
    }

    private static void Analyse(
        TopologyView view, NetworkParameters network, uint epoch, TaskCompletionSource<AnonymityReport> result, CancellationToken cancellation)
    {
        try
        {
            result.SetResult(AnonymityAnalysis.Run(view, view.Network ?? network, epoch, SystemRandomSource.Instance, null, cancellation));
        }
        catch (OperationCanceledException)
        {
            result.SetCanceled(cancellation);
        }
        catch (Exception failure)
        {
            // The caller's, not the process's.
            result.SetException(failure);
        }
    }
}
