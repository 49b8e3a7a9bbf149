using System.Runtime.InteropServices;
using MixMq.Cli.Interop;

namespace MixMq.Cli.Processes;

/// <summary>
/// SIGINT, SIGTERM, SIGHUP and SIGQUIT as cancellation: the first asks for an orderly end, the second for an immediate one. While this
/// lives the process doesn't die of them, so that it can clean up.
/// </summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public ShutdownSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Receive(context, LibC.SigInt)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Receive(context, LibC.SigTerm)),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Receive(context, LibC.SigHup)),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => Receive(context, LibC.SigQuit)),
    ];

    /// <summary>Signalled by the first.</summary>
    public CancellationToken Token => _first.Token;

    /// <summary>Signalled by the second.</summary>
    public CancellationToken Immediately => _second.Token;

    /// <summary>The first signal's number; null: none came.</summary>
    public int? Received => Volatile.Read(ref _received) is var signal and > 0 ? signal : null;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private void Receive(PosixSignalContext context, int signal)
    {
        context.Cancel = true;
        var first = Interlocked.CompareExchange(ref _received, signal, 0) == 0;
        (first ? _first : _second).Cancel();
    }
}
