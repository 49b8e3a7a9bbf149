using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>The digest in HELLO, made here from the specification alone, and who is told of what.</summary>
public sealed class DigestTests
{
    private static readonly TestIdentity Near = new(1);
    private static readonly TestIdentity Second = new(2);
    private static readonly TestIdentity Third = new(3);
    private static readonly TestIdentity Far = new(4);

    private static long NowMillis => ScriptedPeer.StartUnixMillis + 1000;

    [Fact]
    [Trait("Spec", "TOP-20")]
    public void The_digest_is_that_of_the_specification_with_and_without_records_and_quarantine()
    {
        var peer = new ScriptedPeer();
        Assert.Equal(Expected(), peer.Core.Digest.ToArray());

        peer.Connect(Near.Address);
        peer.Offer(Near.Address, Far.Record(10, NowMillis), Third.Record(11, NowMillis));
        peer.Run(3);
        Assert.Equal(Expected([.. Own(), Item(Far.Record(10, NowMillis)), Item(Third.Record(11, NowMillis))]), peer.Core.Digest.ToArray());

        // Two bodies of one sequence: its sequence and hash count as zeros.
        peer.Offer(Near.Address, Far.Record(10, NowMillis, Second.Address));
        peer.Run(3);
        Assert.Single(peer.Core.Quarantined());
        Assert.Equal(
            Expected([.. Own(), (Far.Address, 0, new byte[32]), Item(Third.Record(11, NowMillis))]), peer.Core.Digest.ToArray());

        IEnumerable<(NodeAddress Address, ulong Sequence, byte[] Hash)> Own() =>
            peer.Core.Find(peer.Own.Address) is { } record ? [Item(record)] : [];
    }

    [Fact]
    [Trait("Spec", "TOP-14")]
    public void What_is_accepted_is_told_to_all_neighbours_but_the_one_it_came_from()
    {
        var peer = new ScriptedPeer();
        foreach (var neighbour in new[] { Near, Second, Third })
        {
            peer.Connect(neighbour.Address);
        }

        peer.Run(3);
        peer.Offer(Near.Address, Far.Record(10, NowMillis));
        peer.Run(0.2);
        Assert.Equal(2, peer.Announced.Count(announced => announced.Address == Far.Address));
    }

    [Fact]
    [Trait("Spec", "TOP-13")]
    public void A_new_neighbour_is_told_nothing_of_what_was_there_before()
    {
        var peer = new ScriptedPeer();
        peer.Connect(Near.Address);
        peer.Offer(Near.Address, Far.Record(10, NowMillis));
        peer.Run(3);
        Assert.NotNull(peer.Core.Find(Far.Address));
        peer.Announced.Clear();
        peer.Connect(Second.Address);
        peer.Run(30);
        Assert.DoesNotContain(peer.Announced, announced => announced.Address == Far.Address);
    }

    private static (NodeAddress Address, ulong Sequence, byte[] Hash) Item(LinkStateRecord record)
    {
        var hash = new byte[32];
        record.Hash.CopyTo(hash);
        return (record.Address, record.Sequence, hash);
    }

    private static byte[] Expected(params (NodeAddress Address, ulong Sequence, byte[] Hash)[] items)
    {
        var hashes = new byte[256 * 32];
        foreach (var bucket in items.OrderBy(item => item.Address).GroupBy(item => item.Address.ToArray()[0]))
        {
            var input = new List<byte>([.. "MixMq-topology-bucket-v1"u8]);
            foreach (var (address, sequence, hash) in bucket)
            {
                var number = new byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(number, sequence);
                input.AddRange([.. address.ToArray(), .. number, .. hash]);
            }

            SHA256.HashData(input.ToArray()).CopyTo(hashes, bucket.Key * 32);
        }

        var groups = hashes.Chunk(16 * SHA256.HashSizeInBytes).SelectMany(group => SHA256.HashData([.. "MixMq-topology-group-v1"u8, .. TestNetwork.Definition.Id, .. group]));
        return SHA256.HashData([.. "MixMq-topology-digest-v3"u8, .. TestNetwork.Definition.Id, .. groups]);
    }
}
