using System.Collections.Immutable;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>A shipping <see cref="TopologyCore"/> between two neighbours that the harness plays.</summary>
internal sealed class GossipSeat : ITopologySink
{
    public const int Neighbours = 2;
    public const int RecordLimit = 4;
    private const int IdOffset = 1;
    private readonly List<byte>[] _message = [[], []];
    private long _lastRequest;

    public GossipSeat()
    {
        var options = new TopologyOptions
        {
            Network = SmallNetwork.Parameters,
            Own = Own,
            Relays = true,
            MaxCellContent = MaxCellContent,
            RecordLimit = RecordLimit,
        };
        Core = new TopologyCore(options, new FewRandomBytes(8), 0);
        Call((core, now, sink) => core.Start(now, ref sink));
        for (var i = 0; i < Neighbours; i++)
        {
            var neighbour = Neighbour(i);
            Call((core, now, sink) => core.HandleLinkUp(neighbour, now, ref sink));
        }
    }

    public static NodeAddress Own { get; } = SmallNetwork.Address(0x50);

    public static int MaxCellContent => LinkCell.ContentRoom(SmallNetwork.Parameters.CellBytes);

    public TopologyCore Core { get; }

    public VirtualTime Time { get; } = new();

    /// <summary>Records whose verification the core waits for, oldest first.</summary>
    public Queue<(RequestId Id, LinkStateRecord Record)> Verifications { get; } = new();

    /// <summary>Other answers that it waits for.</summary>
    public Queue<Action> Answers { get; } = new();

    /// <summary>The hashes of all records that were found good.</summary>
    public HashSet<RecordHash> Believed { get; } = [];

    /// <summary>By neighbour: the id of the last pull and of the last question sent to it; 0: none.</summary>
    public uint[] LastPull { get; } = new uint[Neighbours];

    /// <inheritdoc cref="LastPull"/>
    public uint[] LastQuestion { get; } = new uint[Neighbours];

    public static NodeAddress Neighbour(int index) => SmallNetwork.Address((byte)(0x30 + (0x40 * index)));

    public void Call(Action<TopologyCore, Moment, GossipSeat> input) => input(Core, Time.Now, this);

    public TopologyFault Hand(int from, ReadOnlySpan<byte> cellContent)
    {
        var sink = this;
        return Core.HandleMessage(Neighbour(from), cellContent, Time.Now, ref sink);
    }

    /// <summary>Hands in a whole message, cut into cells as a neighbour would.</summary>
    public TopologyFault HandMessage(int from, ReadOnlySpan<byte> message)
    {
        var fault = TopologyFault.None;
        do
        {
            var part = message[..Math.Min(message.Length, MaxCellContent - 1)];
            message = message[part.Length..];
            fault = Hand(from, [message.IsEmpty ? (byte)0 : GossipWriter.MoreFlag, .. part]);
        }
        while (fault == TopologyFault.None && !message.IsEmpty);
        return fault;
    }

    public void Advance(long micros)
    {
        Time.Advance(micros);
        for (var calls = 0; Core.NextDeadline <= Time.Now.Micros; calls++)
        {
            InvariantException.Require(calls < 8, "A core that was called at its deadline has a later one.");
            Call((core, now, sink) => core.Advance(now, ref sink));
        }
    }

    public void SendTopology(NodeAddress neighbour, ReadOnlySpan<byte> cellContent)
    {
        var index = neighbour == Neighbour(0) ? 0 : 1;
        InvariantException.Require(neighbour == Neighbour(index), "Only neighbours are sent anything.");
        InvariantException.Require(cellContent.Length >= 2 && cellContent.Length <= MaxCellContent, "What is sent fits in a cell.");
        _message[index].AddRange(cellContent[1..]);
        if (cellContent[0] == GossipWriter.MoreFlag)
        {
            return;
        }

        var message = _message[index].ToArray();
        _message[index].Clear();
        InvariantException.Require(message.Length <= TopologyLimits.MaxMessageBytes, "A message is no longer than its limit.");
        switch ((GossipKind)message[0])
        {
            case GossipKind.Pull:
                LastPull[index] = BitConverter.ToUInt32(message, IdOffset);
                break;
            case GossipKind.Question:
                LastQuestion[index] = BitConverter.ToUInt32(message, IdOffset);
                break;
            default:
                break;
        }
    }

    public RequestId NextRequestId() => new(++_lastRequest);

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = IdealSignatures.Sign(Own, message);
        Answers.Enqueue(() => Call((core, now, sink) => core.HandleSigned(id, signature, now, ref sink)));
    }

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
        InvariantException.Require(record.Encoded.Length <= TopologyLimits.MaxRecordBytes, "A record that is verified has a record's length.");
        Verifications.Enqueue((id, record));
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        throw new InvariantException("A node that was told of no authorities verifies none of their signatures.");

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements) =>
        throw new InvariantException("A node that was told of no authorities stores nothing of theirs.");

    public void AdmissionEnded(NodeAddress neighbour) => throw new InvariantException("A node that was told of no authorities admits everybody.");

    public void PersistSequence(ulong sequence) =>
        Answers.Enqueue(() => Call((core, now, sink) => core.HandleSequencePersisted(sequence, now, ref sink)));

    public void TopologyChanged()
    {
    }

    public void NeighbourFault(NodeAddress neighbour, TopologyFault fault) =>
        InvariantException.Require(fault != TopologyFault.None, "A fault has a name.");
}
