using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Dialling;

/// <summary>Connects to peers and brings TLS up. One attempt a call; when to try again is the core's decision.</summary>
internal sealed class Dialler
{
    private readonly PeerDirectory _peers;
    private readonly OutwardConfiguration _outward;
    private readonly TlsGate _gate;
    private readonly RefusalLog _refusals;
    private readonly LinkJournal _journal;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    internal Dialler(
        PeerDirectory peers,
        OutwardConfiguration outward,
        TlsGate gate,
        RefusalLog refusals,
        LinkJournal journal,
        TimeSpan limit,
        TimeProvider time,
        ILogger log)
    {
        _outward = outward;
        _peers = peers;
        _gate = gate;
        _refusals = refusals;
        _journal = journal;
        _limit = limit;
        _time = time;
        _log = log;
    }

    /// <summary>Null when it failed; the reason has been logged and counted then. Never throws.</summary>
    internal async Task<TlsChannel?> DialAsync(NodeAddress address, CancellationToken stop)
    {
        if (_peers.Current.Find(address) is not { Dial: not null } peer)
        {
            // The operator has changed that since the core asked.
            return null;
        }

        if (!_gate.HasCertificate)
        {
            _refusals.Dialled(peer.Name, new TlsRefusal(TlsFailure.NoCertificate));
            return null;
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        LinkSocket.Prepare(socket);
        using var deadline = new CancellationTokenSource(_limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        TlsRefusal refusal;
        try
        {
            if (await OutwardConnection.OpenAsync(socket, peer, _outward, either.Token) is { } unconnected)
            {
                refusal = new TlsRefusal(unconnected);
            }
            else
            {
                var (channel, failed) = await _gate.DialAsync(socket, peer, either.Token);
                if (channel is not null)
                {
                    _journal.Connected(channel.Info);
                    return channel;
                }

                refusal = failed!;
            }
        }
        catch (OperationCanceledException)
        {
            refusal = new TlsRefusal(TlsFailure.TimedOut);
        }
        catch (SocketException e)
        {
            refusal = new TlsRefusal(OutwardConnection.FailureOf(e));
        }
        catch (Exception e)
        {
            Links.Log.SetUpFailed(_log, e.GetType().Name);
            refusal = new TlsRefusal(TlsFailure.Closed);
        }

        socket.Dispose();
        if (!stop.IsCancellationRequested)
        {
            _refusals.Dialled(peer.Name, refusal);
        }

        return null;
    }
}
