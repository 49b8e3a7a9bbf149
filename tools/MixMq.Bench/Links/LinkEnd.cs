using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Bench.Floats;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Sphinx;
using MixMq.Transport;

namespace MixMq.Bench.Links;

/// <summary>
/// One node with one link, to the float that is measured: the shipping overlay core with TLS under it, which speaks the whole link protocol
/// and gossips. Packets pass it by, in both directions: a generator and a sink should cost as little as they can.
/// </summary>
/// <remarks>Thread-safe. The core is driven under a lock, by the link's reader and by <see cref="Advance"/>.</remarks>
internal sealed partial class LinkEnd : IDisposable
{
    private static readonly int CellBytes = BenchNetwork.Parameters.CellBytes;

    private readonly NodeIdentity _identity = NodeIdentity.Generate(SystemRandomSource.Instance);
    private readonly X509Certificate2 _certificate = BenchCertificate.Create("end");
    private readonly PacketPool _controls = new(CellBytes, 1024);
    private readonly Lock _driving = new();
    private readonly Lock _writing = new();
    private readonly Queue<Answer> _answers = new();
    private readonly ConcurrentQueue<byte[]> _outbound = new();
    private readonly List<MixKey> _keys = [];
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly IPacketTaker? _taker;
    private OverlayCore? _core;
    private FloatTarget _target;
    private SslStream? _stream;
    private long _connections;
    private bool _isDisposed;

    public LinkEnd(IPacketTaker? taker = null)
    {
        _taker = taker;
        Identity = new EndIdentity(_identity.Address.ToString(), BenchCertificate.Pin(_certificate));
    }

    private delegate void Answer(OverlayCore core, Moment now, ref LinkEnd self);

    public EndIdentity Identity { get; }

    public NodeAddress Address => _identity.Address;

    /// <summary>Completes when the link is up, and faults when it has gone down.</summary>
    public Task Up => _up.Task;

    /// <summary>When the link came up, in <see cref="Stopwatch"/> time; 0 before.</summary>
    public long UpTimestamp { get; private set; }

    /// <summary>The mix keys of this node, newest last; they stay its own.</summary>
    public MixKey[] Keys
    {
        get
        {
            lock (_driving)
                return [.. _keys];
        }
    }

    /// <summary>Begins: dials the float.</summary>
    public void Start(FloatTarget target)
    {
        _target = target;
        var peer = Parse(target.Address);
        var core = new OverlayCore(
            new OverlayOptions
            {
                Network = BenchNetwork.Parameters,
                Own = _identity.Address,
                Relays = false,
                Peers = [new PeerOptions(peer, "float", Dials: true, Accepts: false)],
                NodePacketsPerSecond = 1,
                LinkPacketsPerSecond = 1,
            },
            SystemRandomSource.Instance,
            storedSequence: 0);
        lock (_driving)
            _core = core;
        Drive(static (core, now, ref self) => core.Start(now, ref self));
    }

    /// <summary>Does what is due; to be called every few milliseconds.</summary>
    public void Advance()
    {
        if (_core is { } core && core.NextDeadline <= Now().Micros)
            Drive(static (core, now, ref self) => core.Advance(now, ref self));
    }

    /// <summary>The mix key that a node has published for now.</summary>
    public bool TryFindMixKey(NodeAddress node, out MixPublicKey key)
    {
        lock (_driving)
        {
            var epoch = Overlay.Mixing.EpochClock.EpochAt(BenchNetwork.Parameters, Now().UnixMillis);
            foreach (var published in _core?.FindRecord(node)?.MixKeys ?? [])
            {
                if (published.Epoch == epoch)
                {
                    key = published.Key;
                    return true;
                }
            }
        }

        key = default;
        return false;
    }

    /// <summary>Writes whole packet cells, in one TLS record where they fit.</summary>
    public void WritePackets(ReadOnlySpan<byte> cells)
    {
        lock (_writing)
            _stream!.Write(cells);
    }

    public static NodeAddress Parse(string address) =>
        NodeAddress.TryParse(address, out var parsed, out var error) ? parsed : throw new ArgumentException(error.ToString(), nameof(address));

    public void Dispose()
    {
        lock (_driving)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            // First: what a stopping core says of its link is no failure.
            var (core, self) = (_core, this);
            _core = null;
            core?.Stop(Now(), ref self);
        }

        _stream?.Dispose();
        _identity.Dispose();
        _certificate.Dispose();
    }

    private Moment Now() => new(
        Stopwatch.GetElapsedTime(_origin).Ticks / TimeSpan.TicksPerMicrosecond, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    private void Drive(Answer input)
    {
        lock (_driving)
            DriveLocked(input);
        WriteControls();
    }

    private void DriveLocked(Answer input)
    {
        if (_core is not { } core)
            return;
        var self = this;
        input(core, Now(), ref self);
        while (_answers.TryDequeue(out var answer))
            answer(core, Now(), ref self);
    }

    private void WriteControls()
    {
        lock (_writing)
        {
            while (_stream is { } stream && _outbound.TryDequeue(out var cell))
            {
                try
                {
                    stream.Write(cell);
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    Fail($"A link to the float broke: {e.Message}");
                    return;
                }
            }
        }
    }

    [SuppressMessage("Security", "CA5359", Justification = "The float's certificate is known by its pin, which is compared.")]
    private async Task DialAsync()
    {
        try
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, _target.Port);
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            byte[] remote = [];
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "mixmq",
                ClientCertificateContext = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true),
                EnabledSslProtocols = SslProtocols.Tls13,
                AllowTlsResume = false,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    remote = SHA256.HashData(certificate!.GetRawCertData());
                    return BenchCertificate.Pin((X509Certificate2)certificate) == _target.Pin;
                },
            });
            var id = new ConnectionId(Interlocked.Increment(ref _connections));
            var info = Describe(stream, remote);
            lock (_writing)
                _stream = stream;
            Drive((core, now, ref self) => core.HandleConnected(id, info, now, ref self));
            await ReadAsync(stream, id);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or ObjectDisposedException)
        {
            Drive((core, now, ref self) => core.HandleDialFailed(Parse(self._target.Address), now, ref self));
        }
    }

    private ConnectionInfo Describe(SslStream stream, byte[] remote)
    {
        using var binding = stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unique) ?? throw new BenchException("TLS gave no channel binding.");
        var bytes = new byte[binding.Size];
        System.Runtime.InteropServices.Marshal.Copy(binding.DangerousGetHandle(), bytes, 0, bytes.Length);
        var peer = Parse(_target.Address);
        return new ConnectionInfo
        {
            DialledPeer = peer,
            ChannelBinding = bytes,
            LocalCertificateHash = SHA256.HashData(_certificate.RawData),
            RemoteCertificateHash = remote,
            TrustedFor = [peer],
        };
    }

    private async Task ReadAsync(SslStream stream, ConnectionId id)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(filled)) is var read and > 0)
            {
                var now = Stopwatch.GetTimestamp();
                filled += read;
                var at = 0;
                for (; filled - at >= CellBytes; at += CellBytes)
                    Take(id, buffer.AsSpan(at, CellBytes), now);
                buffer.AsSpan(at, filled - at).CopyTo(buffer);
                filled -= at;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Broken off: told below.
        }

        Drive((core, now, ref self) => core.HandleDisconnected(id, now, ref self));
    }

    private void Take(ConnectionId id, ReadOnlySpan<byte> cell, long timestamp)
    {
        if (cell[0] == (byte)CellType.Packet)
        {
            _taker?.Take(cell[1..], timestamp);
        }
        else if (_controls.TryRent(out var buffer))
        {
            cell.CopyTo(buffer.Cell);
            Drive((core, now, ref self) => core.HandleCell(id, buffer, now, ref self));
        }
    }

    private void Fail(string reason)
    {
        if (!_up.TrySetException(new BenchException(reason)) && _core is not null)
            Console.Error.WriteLine(reason);
    }
}
