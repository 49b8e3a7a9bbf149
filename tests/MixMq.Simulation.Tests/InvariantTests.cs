using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Hostile;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Topologies;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Tests;

/// <summary>Each invariant is shown what it forbids, and says so.</summary>
public sealed class InvariantTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 1);
    private readonly Exemptions _exemptions = new();
    private readonly SimNode[] _floats;
    private readonly SimNode _one;
    private readonly SimNode _other;

    public InvariantTests()
    {
        _floats = Layouts.AddFloats(_world, 6, 3);
        (_one, _other) = (_world.AddEndpoint("one"), _world.AddEndpoint("other"));
        World.Peer(_one, _floats[0]);
        World.Peer(_one, _floats[1]);
        World.Peer(_other, _floats[2]);
        World.Peer(_other, _floats[3]);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Loops_that_reach_another_or_say_more_than_their_id_are_found()
    {
        byte[] loop = [10, 16, 0, .. new byte[16]];
        PathHop[] back = [new(_floats[0].Address, default, 1), new(_one.Address, default, 0)];
        PathHop[] away = [new(_floats[0].Address, default, 1), new(_other.Address, default, 0)];
        var invariant = _world.Observe(new LoopsComeBack(_exemptions));
        invariant.Started(_one);
        invariant.Started(_other);
        AssertFires(() => invariant.PacketMade(_one, away, loop, []));
        AssertFires(() => invariant.PacketMade(_one, back, "\u0001\0\0"u8, []));
        AssertFires(() => invariant.PacketMade(_one, back, [.. loop, 2, 0, 0], []));
        invariant.PacketMade(_one, back, loop, []);
        AssertFires(() => invariant.PacketMade(_one, back, loop, []));
        invariant.PacketDelivered(_one, loop);
        AssertFires(() => invariant.PacketDelivered(_other, loop));
    }

    [Fact]
    public void Answers_to_no_ping_again_or_to_another_and_what_rides_beside_them_are_found()
    {
        byte[] ping = [13, 176, 0, .. new byte[176]];
        byte[] answer = [14, 32, 0, .. new byte[32]];
        PathHop[] there = [new(_floats[0].Address, default, 1), Hop(_other)];
        PathHop[] back = [new(_floats[2].Address, default, 1), Hop(_one)];
        var invariant = _world.Observe(new PingsAreAnsweredOnce(_exemptions));
        AssertFires(() => invariant.PacketMade(_other, back, answer, []));
        AssertFires(() => invariant.PacketMade(_one, there, [.. ping, 2, 0, 0], []));
        invariant.PacketMade(_one, there, ping, []);
        AssertFires(() => invariant.PacketMade(_one, there, ping, []));
        AssertFires(() => invariant.PacketMade(_other, back, answer, []));
        invariant.PacketDelivered(_floats[0], ping);
        invariant.PacketDelivered(_other, ping);
        AssertFires(() => invariant.PacketMade(_other, there, answer, []));
        invariant.PacketDelivered(_other, ping);
        AssertFires(() => invariant.PacketMade(_other, back, [.. answer, 2, 0, 0], []));
        invariant.PacketDelivered(_other, ping);
        invariant.PacketMade(_other, back, answer, []);
    }

    [Fact]
    public void A_cell_of_another_size_is_found()
    {
        var invariant = _world.Observe(new CellSizesAreConstant(_exemptions));
        invariant.CellWritten(_one, _floats[0], new byte[_world.Parameters.CellBytes]);
        AssertFires(() => invariant.CellWritten(_one, _floats[0], new byte[_world.Parameters.CellBytes - 1]));
    }

    [Fact]
    public void A_cell_of_an_unknown_type_is_found()
    {
        var invariant = _world.Observe(new CellSizesAreConstant(_exemptions));
        var cell = new byte[_world.Parameters.CellBytes];
        cell[0] = 9;
        AssertFires(() => invariant.CellWritten(_one, _floats[0], cell));
    }

    [Fact]
    public void A_hostile_node_may_write_what_it_likes()
    {
        var invariant = _world.Observe(new CellSizesAreConstant(_exemptions));
        _exemptions.AddHostile(_one);
        invariant.CellWritten(_one, _floats[0], new byte[1]);
    }

    [Fact]
    [Trait("Spec", "LNK-25")]
    public void A_float_that_dials_its_inside_is_found()
    {
        var invariant = _world.Observe(new FloatsKeepToTheDmz(_exemptions));
        _floats[0].AddInside(_one);
        invariant.Dialled(_one, _floats[0].Address);
        AssertFires(() => invariant.Dialled(_floats[0], _one.Address));
    }

    [Fact]
    public void A_node_that_dials_whom_it_is_to_accept_is_found()
    {
        var invariant = _world.Observe(new FloatsKeepToTheDmz(_exemptions));
        AssertFires(() => invariant.Dialled(_floats[0], _one.Address));
    }

    [Fact]
    [Trait("Spec", "LNK-25")]
    public void A_float_that_lets_somebody_in_without_its_inside_is_found()
    {
        var invariant = _world.Observe(new FloatsKeepToTheDmz(_exemptions));
        _floats[0].AddInside(_one);
        invariant.Connected(_one, _floats[0]);
        AssertFires(() => invariant.Connected(_floats[1], _floats[0]));
        invariant.LinkChanged(_floats[0], new LinkEvent(LinkEventKind.Up, _one.Name));
        invariant.Connected(_floats[1], _floats[0]);
        invariant.LinkChanged(_floats[0], new LinkEvent(LinkEventKind.Down, _one.Name));
        invariant.Connected(_floats[1], _floats[0]);
        _world.RunFor(1);
        AssertFires(() => invariant.Connected(_floats[1], _floats[0]));
    }

    [Fact]
    public void A_signature_over_a_sequence_that_is_not_stored_is_found()
    {
        var invariant = _world.Observe(new SequencesNeverGoBack(_exemptions));
        AssertFires(() => invariant.SignatureWanted(_floats[0], SignedRecord(_floats[0], 5)));
    }

    [Fact]
    public void A_second_signature_with_one_sequence_is_found()
    {
        var invariant = _world.Observe(new SequencesNeverGoBack(_exemptions));
        _floats[0].Disk.RestoreSequence(5);
        invariant.SignatureWanted(_floats[0], SignedRecord(_floats[0], 5));
        AssertFires(() => invariant.SignatureWanted(_floats[0], SignedRecord(_floats[0], 5)));
    }

    [Fact]
    public void A_gap_in_a_conversation_is_found()
    {
        var invariant = _world.Observe(new SequencesNeverGoBack(_exemptions));
        invariant.CommitDurable(_one, 1, [Append(1)]);
        AssertFires(() => invariant.CommitDurable(_one, 2, [Append(3)]));
    }

    [Fact]
    public void A_packet_that_is_opened_twice_is_found()
    {
        var invariant = _world.Observe(new NoPacketIsAcceptedTwice(_exemptions));
        var packet = Packet(7);
        invariant.Unwrapped(_floats[0], UnwrapResult.Relay(_floats[1].Address, 0), packet, _floats[0].Now.Micros);
        AssertFires(() => invariant.Unwrapped(_floats[0], UnwrapResult.Relay(_floats[1].Address, 0), packet, _floats[0].Now.Micros));
    }

    [Fact]
    [Trait("Spec", "SPX-19")]
    public void A_packet_that_is_sent_twice_is_found()
    {
        var invariant = _world.Observe(new NoPacketIsAcceptedTwice(_exemptions));
        invariant.PacketSent(_floats[0], _floats[1], Packet(7), own: false);
        AssertFires(() => invariant.PacketSent(_floats[0], _floats[2], Packet(7), own: false));
    }

    [Fact]
    [Trait("Spec", "MIX-13")]
    public void A_float_that_makes_a_packet_is_found()
    {
        var invariant = _world.Observe(new RelaysForwardWhatTheyTookIn(_exemptions));
        AssertFires(() => invariant.PacketSent(_floats[0], _floats[1], Packet(7), own: true));
        AssertFires(() => invariant.PacketSent(_floats[0], _floats[1], Packet(7), own: false));
        AssertFires(() => invariant.UnwrapRequested(_floats[0], Packet(7)));
    }

    [Fact]
    public void A_float_that_forwards_elsewhere_or_too_early_is_found()
    {
        var invariant = _world.Observe(new RelaysForwardWhatTheyTookIn(_exemptions));
        invariant.Unwrapped(_floats[0], UnwrapResult.Relay(_floats[1].Address, 0), Packet(7), _floats[0].Now.Micros);
        AssertFires(() => invariant.PacketSent(_floats[0], _floats[2], Packet(7), own: false));
        invariant.Unwrapped(_floats[0], UnwrapResult.Relay(_floats[1].Address, 500), Packet(8), _floats[0].Now.Micros);
        AssertFires(() => invariant.PacketSent(_floats[0], _floats[1], Packet(8), own: false));
    }

    [Fact]
    public void A_packet_cell_that_was_never_queued_is_found()
    {
        var invariant = _world.Observe(new RelaysForwardWhatTheyTookIn(_exemptions));
        AssertFires(() => invariant.CellWritten(_floats[0], _floats[1], [(byte)CellType.Packet, .. Packet(7)]));
    }

    [Fact]
    public void A_record_that_its_origin_never_signed_is_found()
    {
        // It begins to look only when the records are out.
        _world.StartAll();
        _world.RunFor(10);
        var invariant = _world.Observe(new ViewsAreTrue(_exemptions));
        AssertFires(invariant.Sampled);
    }

    [Fact]
    public void An_expired_record_in_use_is_found()
    {
        var invariant = _world.Observe(new ViewsAreTrue(_exemptions));
        _world.StartAll();
        _world.RunFor(10);
        invariant.Sampled();

        // The checker isn't told of the jump, and the node hasn't had its second to look at the clock.
        _floats[0].Clock.SkewMillis += 24 * 3_600_000;
        AssertFires(invariant.Sampled);
    }

    [Fact]
    public void A_path_between_nodes_that_are_not_peers_is_found()
    {
        var invariant = _world.Observe(new PathsAreSound(_exemptions));
        _world.StartAll();
        var stranger = _floats.First(node => _floats[0].Peers.All(peer => peer.Address != node.Address) && node != _floats[0]);
        AssertFires(() => invariant.PacketMade(_one, [Hop(_floats[0]), Hop(stranger), Hop(_other)], [], []));
    }

    [Fact]
    public void A_path_that_passes_a_node_twice_or_one_that_does_not_exist_is_found()
    {
        var invariant = _world.Observe(new PathsAreSound(_exemptions));
        _world.StartAll();
        var next = _world.Network.Find(_floats[0].Peers[0].Address)!;
        AssertFires(() => invariant.PacketMade(_one, [Hop(_floats[0]), Hop(next), Hop(_floats[0])], [], []));
        AssertFires(() => invariant.PacketMade(_one, [Hop(_floats[0]), new PathHop(NodeAddress.FromBytes(new byte[32]), default, 0)], [], []));
        AssertFires(() => invariant.PacketMade(_one, [Hop(_floats[0])], [], []));
    }

    [Fact]
    public void A_flood_of_verified_records_is_found()
    {
        var invariant = _world.Observe(new RecordsComeAtTheirPace(_exemptions));
        AssertFires(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                invariant.SignatureChecked(_floats[0], _floats[1].Address, SignedRecord(_floats[1], 1), valid: true);
            }
        });
    }

    [Fact]
    public void A_lost_link_that_a_neighbour_is_not_told_of_is_found()
    {
        var invariant = _world.Observe(new LostLinksAreTold(_exemptions));
        _world.StartAll();
        _world.RunFor(60);

        // Neither end of the lost link gets a word of it through to anybody.
        var node = _floats[0];
        var peer = _world.Network.Find(node.Peers.First(peer => _floats.Any(other => other.Address == peer.Address)).Address)!;
        _world.Network.Cut(node, peer);
        _world.Network.CellFilter = (from, _, cell) => (from != node && from != peer) || cell[0] != (byte)CellType.Topology;
        AssertFires(() => _world.RunFor(120));
    }

    [Fact]
    public void Views_that_differ_from_the_truth_are_found()
    {
        var invariant = _world.Observe(new ViewsAreEqualAfterHealing(_exemptions));
        _world.StartAll();
        _world.RunFor(20);
        invariant.AtTheEnd();
        _world.Network.Break(_floats[0], _world.Network.Find(_floats[0].Peers[0].Address)!);
        AssertFires(invariant.AtTheEnd);
    }

    [Fact]
    public void A_queue_over_its_limit_is_found()
    {
        var invariant = _world.Observe(new QueuesStayBounded(_exemptions));
        _world.StartAll();
        _world.RunFor(20);
        invariant.Sampled();
        foreach (var node in _floats)
        {
            node.Configure = options => options with { RecordLimit = 2 };
            invariant.Started(node);
        }

        AssertFires(() =>
        {
            invariant.Sampled();
            invariant.Sampled();
        });
    }

    [Fact]
    public void A_buffer_that_is_never_returned_is_found()
    {
        var invariant = _world.Observe(new QueuesStayBounded(_exemptions));
        _world.StartAll();
        _world.RunFor(5);
        Assert.True(_floats[0].Pool.TryRent(out _));
        AssertFires(invariant.AtTheEnd);
    }

    [Fact]
    public void The_heap_of_a_sound_relay_shows_nothing_with_the_real_cryptography()
    {
        using var crypto = new RealCrypto();
        using var world = new World(World.SmallParameters(), 3, crypto);
        var invariants = InvariantSet.Watch(world, heapInterval: 3);
        var institutions = Layouts.AddInstitutions(world, 2, floatsEach: 2, degree: 3);
        world.StartAll();
        world.RunFor(8);
        var content = new byte[2_000];
        for (var at = 0; at + 64 <= content.Length; at += 64)
        {
            RelaysHoldNoSecrets.Marker.CopyTo(content.AsSpan(at));
        }

        _ = institutions.Endpoints[0].Endpoint!.Submit(institutions.Endpoints[1], content);
        world.RunFor(20);
        invariants.AtTheEnd();
        var memory = invariants.All.OfType<RelaysHoldNoSecrets>().Single();
        Assert.True(memory.Walks > 4);

        // And what it looks for it finds where it is allowed to be: at an endpoint.
        AssertFires(() => memory.Inspect(institutions.Endpoints[1], [node => node.Disk]));
    }

    [Fact]
    public void A_planted_leak_is_found_in_the_heap()
    {
        var invariant = _world.Observe(new RelaysHoldNoSecrets(_exemptions, interval: 0));
        _world.StartAll();
        _world.RunFor(5);
        var append = Append(1);
        invariant.CommitBegun(_one, 1, [append]);
        invariant.Inspect(_floats[0], [node => node.Core, node => node.Pool]);

        AssertLeak(new Holder { Inner = new Dictionary<int, List<byte[]>> { [3] = [[1, 2, .. RelaysHoldNoSecrets.Marker]] } });
        AssertLeak(new Holder { Inner = ("text", "a <plaintext>! b") });
        AssertLeak(new Holder { Inner = new byte[][] { [.. append.Entry.Id.ToArray(), 9] } });
        AssertLeak(new Holder { Inner = ImmutableArray.Create((1, NodeAddress.FromBytes([.. Enumerable.Repeat((byte)7, 32)]))) });

        Assert.True(_floats[0].Pool.TryRent(out var packet));
        packet.Cell[0] = (byte)CellType.Packet;
        _other.Address.CopyTo(packet.Cell[100..]);
        packet.Return();
        invariant.Inspect(_floats[0], [node => node.Pool]);
        AssertLeak(new PoolOf(_floats[0], _other).Pool);

        void AssertLeak(object root) => AssertFires(() => invariant.Inspect(_floats[0], [_ => root]));
    }

    private static void AssertFires(Action action) => Assert.Throws<InvariantViolationException>(action);

    private static PathHop Hop(SimNode node) => new(node.Address, default, 0);

    private byte[] Packet(byte fill) => [.. Enumerable.Repeat(fill, _world.Parameters.CellBytes - 1)];

    private byte[] SignedRecord(SimNode node, ulong sequence) => new LinkStateDraft
    {
        Address = node.Address,
        Sequence = sequence,
        IssuedUnixMillis = 1,
        ExpiresUnixMillis = 2,
    }.ToSignedMessage(_world.Parameters.Definition);

    private StoreOperation.AppendOutbox Append(ulong sequence)
    {
        var id = new byte[MessageId.ByteCount];
        _world.Random.Fill(id);
        var entry = new OutboxEntry
        {
            Id = MessageId.FromBytes(id),
            Recipient = _other.Address,
            Conversation = ConversationId.OfName(""),
            Sequence = sequence,
            Envelope = new byte[300],
            Label = "",
            ContentLength = 3,
            CreatedUnixMillis = 1,
            ExpiresUnixMillis = 2,
        };
        return new StoreOperation.AppendOutbox(entry, new byte[] { 1, 2, 3 });
    }

    private sealed class Holder
    {
        public object? Inner { get; init; }
    }

    /// <summary>A pool one of whose free buffers wasn't cleared.</summary>
    private sealed class PoolOf
    {
        public PoolOf(SimNode relay, SimNode named)
        {
            Pool = new PacketPool(relay.Parameters.CellBytes, 1);
            _ = Pool.TryRent(out var packet);
            packet!.Return();
            packet.Cell[0] = (byte)CellType.Packet;
            named.Address.CopyTo(packet.Cell[100..]);
        }

        public PacketPool Pool { get; }
    }
}
