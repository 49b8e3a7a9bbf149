using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>One core whose neighbours are played by the test: it holds records, announces them, and answers pulls as told.</summary>
internal sealed class ScriptedPeer : ITopologySink
{
    public const long StartUnixMillis = 1_800_000_000_000;
    private readonly Queue<Action> _answers = new();
    private readonly Dictionary<NodeAddress, FragmentAssembler> _assemblers = [];
    private long _lastId;

    public ScriptedPeer(int recordLimit = 4096)
    {
        Core = new TopologyCore(TestNetwork.Options(Own, recordLimit), new SeededRandomSource(77), 0);
        var sink = this;
        Core.Start(Now, ref sink);
        Core.HandleMixKeys(Own.MixKeys.AsSpan(), Now, ref sink);
    }

    public TestIdentity Own { get; } = new(1000);

    public TopologyCore Core { get; }

    public long Micros { get; private set; } = 1_000_000;

    /// <summary>What the wall clock is set ahead.</summary>
    public long ClockOffsetMillis { get; set; }

    public Moment Now => new(Micros, StartUnixMillis + ClockOffsetMillis + (Micros / 1000));

    /// <summary>What a neighbour holds and gives out when it is asked; by neighbour.</summary>
    public Dictionary<NodeAddress, List<LinkStateRecord>> Holdings { get; } = [];

    public bool AnswersPulls { get; set; } = true;

    /// <summary>What stands in for the crypto workers' verification of records.</summary>
    public Func<LinkStateRecord, bool> Verifies { get; init; } = static record => record.Verify(record.SignedMessage(TestNetwork.Definition));

    /// <summary>Whether messages are counted only, so that memory is the core's own.</summary>
    public bool CountsOnly { get; set; }

    public int MessagesCounted { get; private set; }

    public List<(NodeAddress From, uint Id, List<(NodeAddress Address, RecordHash Hash)> Items)> Pulls { get; } = [];

    public List<Announcement> Announced { get; } = [];

    public List<TopologyFault> Faults { get; } = [];

    public int BodiesReceived { get; private set; }

    /// <summary>Questions of the core's, as they came.</summary>
    public List<(NodeAddress To, uint Id, byte[] Salt, NodeAddress After, byte[] Shorts)> Questions { get; } = [];

    /// <summary>Answers of the core's to questions of the test's.</summary>
    public List<(uint Id, NodeAddress Last, byte[] Differing, List<Announcement> Items)> Differences { get; } = [];

    public ulong LastPersisted { get; private set; }

    public void Connect(NodeAddress neighbour)
    {
        Holdings[neighbour] = [];
        _assemblers[neighbour] = new FragmentAssembler(TestNetwork.CellContent);
        var sink = this;
        Core.HandleLinkUp(neighbour, Now, ref sink);
        Drain();
    }

    public void Disconnect(NodeAddress neighbour)
    {
        var sink = this;
        Core.HandleLinkDown(neighbour, Now, ref sink);
        Drain();
    }

    public void Offer(NodeAddress neighbour, params LinkStateRecord[] records)
    {
        Holdings[neighbour].AddRange(records);
        Announce(neighbour, [.. records.Select(record => new Announcement(record.Address, record.Sequence, record.Hash, IsEvidence: false))]);
    }

    public void Announce(NodeAddress neighbour, List<Announcement> announcements)
    {
        var capture = new Capture();
        new GossipWriter(TestNetwork.CellContent).Announce(neighbour, announcements, ref capture);
        foreach (var cell in capture.Cells)
        {
            _ = Send(neighbour, cell);
        }
    }

    public TopologyFault Send(NodeAddress neighbour, params byte[] cell)
    {
        var sink = this;
        var fault = Core.HandleMessage(neighbour, cell, Now, ref sink);
        if (fault != TopologyFault.None)
        {
            Faults.Add(fault);
        }

        Drain();
        return fault;
    }

    public void SendMessage(NodeAddress neighbour, ReadOnlySpan<byte> message)
    {
        while (true)
        {
            var length = Math.Min(message.Length, TestNetwork.CellContent - 1);
            var fault = Send(neighbour, [(byte)(length < message.Length ? 1 : 0), .. message[..length]]);
            message = message[length..];
            if (message.IsEmpty || fault != TopologyFault.None)
            {
                return;
            }
        }
    }

    public void Run(double seconds)
    {
        var end = Micros + (long)(seconds * 1e6);
        var sink = this;
        while (Core.NextDeadline <= end)
        {
            Micros = Math.Max(Micros, Core.NextDeadline);
            Core.Advance(Now, ref sink);
            Drain();
        }

        Micros = end;
    }

    public static byte[] Bodies(uint id, int covered, params byte[][] records) =>
        [3, .. BitConverter.GetBytes(id), (byte)covered, (byte)records.Length,
            .. records.SelectMany(record => BitConverter.GetBytes((ushort)record.Length).Concat(record))];

    public void SendTopology(NodeAddress neighbour, ReadOnlySpan<byte> cellContent)
    {
        if (CountsOnly)
        {
            MessagesCounted += cellContent[0] == 0 ? 1 : 0;
            return;
        }

        Assert.Equal(TopologyFault.None, _assemblers[neighbour].Take(cellContent, out var message));
        if (message.IsEmpty)
        {
            return;
        }

        var reader = new WireReader(message[1..]);
        switch ((GossipKind)message[0])
        {
            case GossipKind.Announce:
                Assert.True(reader.TryUInt16(out var count));
                Announced.AddRange(ReadItems(ref reader, count));
                break;

            case GossipKind.Pull:
                Assert.True(reader.TryUInt32(out var id) & reader.TryByte(out var items));
                var asked = new List<(NodeAddress Address, RecordHash Hash)>();
                for (var i = 0; i < items; i++)
                {
                    Assert.True(reader.TryBytes(32, out var origin) & reader.TryBytes(32, out var hash));
                    asked.Add((NodeAddress.FromBytes(origin), RecordHash.FromBytes(hash)));
                }

                Pulls.Add((neighbour, id, asked));
                if (AnswersPulls)
                {
                    _answers.Enqueue(() => Answer(neighbour, id, asked));
                }

                break;

            case GossipKind.Question:
                Assert.True(reader.TryUInt32(out id) & reader.TryBytes(16, out var salt) & reader.TryBytes(32, out var after));
                Assert.Equal((256 - after[0]) * 8, reader.Remaining);
                Assert.True(reader.TryBytes(reader.Remaining, out var shorts));
                Questions.Add((neighbour, id, salt.ToArray(), NodeAddress.FromBytes(after), shorts.ToArray()));
                break;

            case GossipKind.Difference:
                Assert.True(reader.TryUInt32(out id) & reader.TryBytes(32, out var last) & reader.TryBytes(32, out var differing) & reader.TryUInt16(out count));
                Differences.Add((id, NodeAddress.FromBytes(last), differing.ToArray(), ReadItems(ref reader, count)));
                break;

            default:
                BodiesReceived++;
                break;
        }
    }

    /// <summary>A HELLO of a neighbour's with another digest than the core's, or the same.</summary>
    public void Hello(NodeAddress neighbour, bool same = false)
    {
        var sink = this;
        Core.HandleNeighbourDigest(neighbour, same ? Core.Digest : new byte[32], Now, ref sink);
        Drain();
    }

    private static List<Announcement> ReadItems(ref WireReader reader, int count)
    {
        var items = new List<Announcement>();
        for (var i = 0; i < count; i++)
        {
            Assert.True(Announcement.TryRead(ref reader, out var item));
            items.Add(item);
        }

        Assert.Equal(0, reader.Remaining);
        return items;
    }

    public RequestId NextRequestId() => new(++_lastId);

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = Own.Sign(message);
        _answers.Enqueue(() =>
        {
            var sink = this;
            Core.HandleSigned(id, signature, Now, ref sink);
        });
    }

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
        var valid = Verifies(record);
        _answers.Enqueue(() =>
        {
            var sink = this;
            Assert.True(Core.Owns(id));
            Core.HandleVerified(id, valid, Now, ref sink);
            Assert.False(Core.Owns(id));
        });
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => throw new NotSupportedException();

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements) => throw new NotSupportedException();

    public void AdmissionEnded(NodeAddress neighbour) => throw new NotSupportedException();

    public void PersistSequence(ulong sequence)
    {
        Assert.True(sequence > LastPersisted);
        LastPersisted = sequence;
        _answers.Enqueue(() =>
        {
            var sink = this;
            Core.HandleSequencePersisted(sequence, Now, ref sink);
        });
    }

    public void TopologyChanged()
    {
    }

    public void NeighbourFault(NodeAddress neighbour, TopologyFault fault) => Faults.Add(fault);

    private void Answer(NodeAddress neighbour, uint id, List<(NodeAddress Address, RecordHash Hash)> asked)
    {
        var records = new List<byte[]>();
        var covered = 0;
        foreach (var (address, hash) in asked)
        {
            var record = Holdings[neighbour].Find(held => held.Hash == hash);
            if (record is not null && record.Encoded.Length + records.Sum(other => other.Length + 2) + 9 > TopologyLimits.MaxMessageBytes)
            {
                break;
            }

            covered++;
            if (record is not null)
            {
                records.Add(record.Encoded.ToArray());
            }
        }

        SendMessage(neighbour, Bodies(id, covered, [.. records]));
    }

    private void Drain()
    {
        while (_answers.TryDequeue(out var answer))
        {
            answer();
        }
    }

    internal sealed class Capture : ITopologySink
    {
        public List<byte[]> Cells { get; } = [];

        public void SendTopology(NodeAddress neighbour, ReadOnlySpan<byte> cellContent) => Cells.Add(cellContent.ToArray());

        public RequestId NextRequestId() => throw new NotSupportedException();

        public void RequestSign(RequestId id, ReadOnlySpan<byte> message) => throw new NotSupportedException();

        public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) => throw new NotSupportedException();

        public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => throw new NotSupportedException();

        public void PersistStatements(ImmutableArray<AuthorityStatement> statements) => throw new NotSupportedException();

        public void AdmissionEnded(NodeAddress neighbour) => throw new NotSupportedException();

        public void PersistSequence(ulong sequence) => throw new NotSupportedException();

        public void TopologyChanged() => throw new NotSupportedException();

        public void NeighbourFault(NodeAddress neighbour, TopologyFault fault) => throw new NotSupportedException();
    }
}
