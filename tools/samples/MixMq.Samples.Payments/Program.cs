using System.Globalization;
using MixMq.Contracts.Client;
using MixMq.Samples.Payments;

if (args is not [var socket, var correspondent, var own, var last, ..] || !int.TryParse(last, CultureInfo.InvariantCulture, out var count) || count < 1)
{
    await Console.Error.WriteLineAsync("""
        payments SOCKET CORRESPONDENT OWN COUNT [--watch-stdin]
          SOCKET         the control socket of this institution's endpoint node
          CORRESPONDENT  the other institution: its node's address, or its name among the contacts
          OWN            this institution's name; it says what its payments amount to
          COUNT          how many payments to make, and to wait for
          --watch-stdin  end when standard input does
        """);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, signal) =>
{
    signal.Cancel = true;
    stop.Cancel();
};
if (args.Contains("--watch-stdin"))
{
    // On a thread of its own: the console's reader is synchronous, whatever its methods are called.
    _ = Task.Run(() =>
    {
        Console.In.ReadToEnd();
        stop.Cancel();
    });
}

using var node = NodeControlClient.ForUnixSocket(socket);
try
{
    await new Bank(node, correspondent, own, count).RunAsync(stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
