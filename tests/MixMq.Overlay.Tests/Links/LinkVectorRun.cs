using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Links;

/// <summary>Plays a link vector against a core, with real signatures: feeds the cells that it receives, and notes what it sends and decides.</summary>
internal sealed class LinkVectorRun
{
    private static readonly ConnectionId Id = new(1);
    private readonly JsonObject _vector;
    private readonly NetworkParameters _network;
    private readonly NodeAddress _own;
    private readonly NodeAddress _peer;
    private readonly PacketPool _pool;
    private readonly OverlayCore _core;
    private Sink _sink;
    private long _micros = 1_000_000;

    public LinkVectorRun(JsonObject vector)
    {
        _vector = vector;
        _network = ReadNetwork(vector["network"]!);
        _own = NodeAddress.FromBytes(Bytes(vector["own"]!, "address"));
        _peer = NodeAddress.FromBytes(Bytes(vector["peer"]!, "address"));
        _pool = new PacketPool(_network.CellBytes, 4);
        var mayDialIn = Flag("may_dial_in");
        _core = new OverlayCore(
            new OverlayOptions
            {
                Network = _network,
                Own = _own,
                Relays = true,
                Peers = Flag("configured") ? [new PeerOptions(_peer, "peer", Dials: IsInitiator || !mayDialIn, Accepts: mayDialIn)] : [],
            },
            new NonceSource(Bytes(vector["own"]!, "nonce")),
            0);
        _sink = new Sink(_network.CellBytes);
    }

    /// <summary>Control cells that were sent, in hexadecimal.</summary>
    public IReadOnlyList<string> Sent => _sink.Log.Sent;

    public IReadOnlyList<LinkCloseReason> Closed => _sink.Log.Closed;

    public int Hellos => _sink.Log.Hellos;

    public IEnumerable<string> Refusals => _core.Snapshot(Now).Refusals.Where(refusal => refusal.Count > 0).Select(refusal => $"{refusal.Reason} {refusal.Count}");

    private bool IsInitiator => _vector["end"]!.GetValue<string>() == "initiator";

    private Moment Now => new(_micros, 1_700_000_000_000);

    /// <summary>Plays all steps. Cells are sent when they must be, and not a moment later: before the next cell is received.</summary>
    public void Play()
    {
        var expected = new List<string>();
        _core.HandleConnected(Id, Info(), Now, ref _sink);
        Answer();
        foreach (var step in _vector["steps"]!.AsArray())
        {
            if (step!["send"] is { } send)
            {
                expected.Add(send.GetValue<string>());
                continue;
            }

            Assert.Equal(expected, Sent.Take(expected.Count));
            Assert.True(_pool.TryRent(out var cell));
            Bytes(step, "receive").CopyTo(cell.Cell);
            _micros += 1_000;
            _core.HandleCell(Id, cell, Now, ref _sink);
            Answer();
        }

        Assert.Equal(expected, Sent);
    }

    private static byte[] Bytes(JsonNode node, string name) => Convert.FromHexString(node[name]!.GetValue<string>());

    private static NetworkParameters ReadNetwork(JsonNode json)
    {
        var geometry = new PacketGeometry(json["hops"]!.GetValue<int>(), json["body"]!.GetValue<int>(), json["reply"]!.GetValue<int>());
        Assert.True(NetworkDefinition.TryCreate(json["name"]!.GetValue<string>(), geometry, 60_000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var parameters, out _, pathLinks: 3));
        return parameters;
    }

    private bool Flag(string name) => _vector["peer"]![name]!.GetValue<bool>();

    private ConnectionInfo Info() => new()
    {
        DialledPeer = IsInitiator ? _peer : null,
        ChannelBinding = Bytes(_vector, "channel_binding"),
        LocalCertificateHash = Bytes(_vector["own"]!, "certificate_sha256"),
        RemoteCertificateHash = Bytes(_vector["peer"]!, "certificate_sha256"),
        TrustedFor = Flag("trusted") ? [_peer] : ImmutableHashSet<NodeAddress>.Empty,
    };

    /// <summary>Does the signing and verifying that the core asked for, until it asks no more.</summary>
    private void Answer()
    {
        while (_sink.Log.Work.TryDequeue(out var work))
        {
            if (work.Signature is null)
            {
                var signature = new byte[Ed25519.SignatureBytes];
                Ed25519.Sign(Bytes(_vector["own"]!, "seed"), work.Message, signature);
                _core.HandleSigned(work.Id, signature, Now, ref _sink);
            }
            else
            {
                _core.HandleVerified(work.Id, Ed25519.Verify(work.Signer.ToArray(), work.Message, work.Signature), Now, ref _sink);
            }
        }
    }

    /// <summary>The nonce of the handshake is the only thing that is drawn in one piece of 32 bytes.</summary>
    private sealed class NonceSource(byte[] nonce) : IRandomSource
    {
        private ulong _state = 1;

        public void Fill(Span<byte> destination)
        {
            if (destination.Length == nonce.Length)
            {
                nonce.CopyTo(destination);
                return;
            }

            foreach (ref var value in destination)
            {
                _state = (_state * 6364136223846793005) + 1442695040888963407;
                value = (byte)(_state >> 56);
            }
        }
    }

    private sealed record Work(RequestId Id, byte[] Message, NodeAddress Signer = default, byte[]? Signature = null);

    private sealed class Log
    {
        public List<string> Sent { get; } = [];

        public List<LinkCloseReason> Closed { get; } = [];

        public Queue<Work> Work { get; } = [];

        public int Hellos { get; set; }
    }

    private readonly struct Sink(int cellBytes) : IOverlaySink
    {
        private readonly byte[] _cell = new byte[cellBytes];

        public Log Log { get; } = new();

        public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
        {
            if (type == CellType.Hello)
            {
                Log.Hellos++;
            }
            else if (type == CellType.Control)
            {
                LinkCell.Write(type, content, _cell);
                Log.Sent.Add(Convert.ToHexStringLower(_cell));
            }
        }

        public void Close(ConnectionId id, LinkCloseReason reason) => Log.Closed.Add(reason);

        public void RequestSign(RequestId id, ReadOnlySpan<byte> message) => Log.Work.Enqueue(new Work(id, message.ToArray()));

        public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            Log.Work.Enqueue(new Work(id, message.ToArray(), signer, signature.ToArray()));

        public void SendPacket(ConnectionId id, PacketBuffer packet) => packet.Return();

        public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) => packet.Return();

        public void Deliver(PacketBuffer packet, in UnwrapResult result) => packet.Return();

        public void Dial(NodeAddress peer)
        {
        }

        public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
        {
        }

        public void RequestMixKey(uint epoch)
        {
        }

        public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
        {
        }

        public void PersistSequence(ulong sequence)
        {
        }

        public void TopologyChanged()
        {
        }

        public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message)
        {
        }

        public void HandoverEnded(NodeAddress peer)
        {
        }

        public void LinkEvent(in LinkEvent linkEvent)
        {
        }
    }
}
