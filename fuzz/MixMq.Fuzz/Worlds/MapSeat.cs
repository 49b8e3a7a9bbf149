using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>A shipping <see cref="TopologyCore"/> of a network with authorities, between two neighbours that the harness plays: as far as what the authorities say goes.</summary>
internal sealed class MapSeat : ITopologySink
{
    public const int Neighbours = 2;
    private readonly List<byte>[] _message = [[], []];
    private long _lastRequest;

    /// <param name="requiresAdmission">Whether revocations count.</param>
    public MapSeat(bool requiresAdmission = false)
    {
        Configured = MakeParameters(requiresAdmission);
        var options = new TopologyOptions
        {
            Network = SmallNetwork.Parameters,
            Admission = new AdmissionOptions { Parameters = Configured },
            Own = GossipSeat.Own,
            Relays = true,
            MaxCellContent = GossipSeat.MaxCellContent,
        };
        Core = new TopologyCore(options, new FewRandomBytes(8), 0);
        Call((core, now, sink) => core.Start(now, ref sink));
        for (var i = 0; i < Neighbours; i++)
        {
            Link(i, up: true);
        }
    }

    /// <summary>Those who sign; two of them must.</summary>
    public static ImmutableArray<NodeAddress> Authorities { get; } = [.. Enumerable.Range(1, 3).Select(seed => SmallNetwork.AddressOfSeed((byte)seed)).Order()];

    /// <summary>The parameters that it was started with.</summary>
    public SignedParameters Configured { get; }

    public TopologyCore Core { get; }

    public VirtualTime Time { get; } = new();

    /// <summary>Signatures whose verification the core waits for, oldest first.</summary>
    public Queue<(RequestId Id, NodeAddress Signer, RecordHash Message)> Verifications { get; } = new();

    /// <summary>By neighbour: what it was asked last about the map; empty: nothing.</summary>
    public byte[][] LastAsked { get; } = [[], []];

    /// <summary>By neighbour: the name of the statement that it was asked for last; empty: it was asked for none.</summary>
    public byte[][] LastPulled { get; } = [[], []];

    /// <summary>What was stored last.</summary>
    public ImmutableArray<AuthorityStatement> Stored { get; private set; } = [];

    /// <summary>A statement that these have signed, in their order, with signatures that only <see cref="Verify"/> says anything of.</summary>
    public static AuthorityStatement Sign(AuthorityStatement statement, IEnumerable<NodeAddress> signers) =>
        signers.Aggregate(statement, static (signed, signer) => signed.WithSignature(signer, new byte[Ed25519.SignatureBytes]));

    public void Call(Action<TopologyCore, Moment, MapSeat> input) => input(Core, Time.Now, this);

    public void Link(int neighbour, bool up)
    {
        _message[neighbour].Clear();
        if (up)
        {
            Call((core, now, sink) => core.HandleLinkUp(GossipSeat.Neighbour(neighbour), now, ref sink));
        }
        else
        {
            Call((core, now, sink) => core.HandleLinkDown(GossipSeat.Neighbour(neighbour), now, ref sink));
            LastAsked[neighbour] = [];
            LastPulled[neighbour] = [];
        }
    }

    /// <summary>Hands in a whole message, cut into cells as a neighbour would.</summary>
    public TopologyFault Hand(int from, ReadOnlySpan<byte> message)
    {
        var sink = this;
        var fault = TopologyFault.None;
        do
        {
            var part = message[..Math.Min(message.Length, GossipSeat.MaxCellContent - 1)];
            message = message[part.Length..];
            fault = Core.HandleMessage(GossipSeat.Neighbour(from), [message.IsEmpty ? (byte)0 : GossipWriter.MoreFlag, .. part], Time.Now, ref sink);
        }
        while (fault == TopologyFault.None && !message.IsEmpty);
        return fault;
    }

    /// <summary>Answers what is asked of the signatures of one statement, the oldest.</summary>
    /// <param name="believed">What was found good: the statement is put there before the last answer is handed in, for it counts when that returns, and taken out where a signature doesn't hold.</param>
    /// <param name="bits">Whether each signature holds, the first by the lowest; of the ninth it is the lowest again.</param>
    public void Verify(HashSet<RecordHash> believed, byte bits)
    {
        if (!Verifications.TryPeek(out var first))
        {
            return;
        }

        var all = true;
        for (var i = 0; Verifications.TryPeek(out var next) && next.Message == first.Message; i++)
        {
            _ = Verifications.Dequeue();
            var holds = (bits & (1 << (i % 8))) != 0;
            all &= holds;
            _ = all ? believed.Add(first.Message) : believed.Remove(first.Message);
            Call((core, now, sink) => core.HandleVerified(next.Id, holds, now, ref sink));
        }
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
        var index = neighbour == GossipSeat.Neighbour(0) ? 0 : 1;
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
            case GossipKind.MapNames:
                InvariantException.Require(MapNames.TryRead(message.AsSpan(1), out _), "A node says what it reads.");
                break;
            case GossipKind.MapQuestion or GossipKind.MapPull:
                LastAsked[index] = message;
                break;
            case GossipKind.StatementPull:
                LastPulled[index] = message[1..];
                break;
            case GossipKind.Statements:
                InvariantException.Require(StatementAnnouncement.TryReadAll(message.AsSpan(1), out _), "A node says what it reads.");
                break;
            default:
                break;
        }
    }

    public RequestId NextRequestId() => new(++_lastRequest);

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Verifications.Enqueue((id, signer, RecordHash.Of(message)));

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements) => Stored = statements;

    // The rest of the topology isn't looked at here: nothing of it is answered.
    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
    }

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
    }

    public void AdmissionEnded(NodeAddress neighbour)
    {
    }

    public void PersistSequence(ulong sequence)
    {
    }

    public void TopologyChanged()
    {
    }

    public void NeighbourFault(NodeAddress neighbour, TopologyFault fault) => InvariantException.Require(fault != TopologyFault.None, "A fault has a name.");

    private static SignedParameters MakeParameters(bool requiresAdmission)
    {
        _ = SignedParameters.TryCreate(SmallNetwork.Parameters, 1, 0, requiresAdmission, 2, Authorities, out var parameters);
        return parameters!;
    }
}
