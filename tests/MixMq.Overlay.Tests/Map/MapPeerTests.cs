using System.Buffers.Binary;
using MixMq.Overlay.Map;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Tests.Map;

/// <summary>What a neighbour can make a node remember of it.</summary>
public sealed class MapPeerTests
{
    private readonly MapPeer _peer = new(new TestIdentity(1).Address, 0);

    [Fact]
    [Trait("Spec", "ADM-24")]
    public void However_much_a_neighbour_names_no_more_than_the_limit_is_wanted_and_each_entry_once()
    {
        for (var i = 0; i < 3 * MapLimits.MaxWanted; i++)
        {
            var hasRoom = _peer.Want(Hash(i));
            Assert.Equal(i < MapLimits.MaxWanted, hasRoom);
            Assert.Equal(i < MapLimits.MaxWanted, _peer.Want(Hash(i)));
        }

        Assert.Equal(MapLimits.MaxWanted, _peer.Wanted.Count);
        Assert.Equal(default(RecordHash), _peer.Cursor);
        for (var i = 0; i < MapLimits.MaxWanted; i++)
        {
            Assert.True(_peer.Wanted.TryTake(out var hash));
            Assert.Equal(Hash(i), hash);
        }

        Assert.False(_peer.Wanted.TryTake(out _));
        Assert.True(_peer.Want(Hash(1)));
    }

    [Fact]
    public void What_a_neighbour_gave_badly_signed_is_remembered_within_a_limit()
    {
        for (var i = 0; i < MapLimits.MaxPassedOver + 10; i++)
        {
            _peer.PassOver(Hash(i));
        }

        Assert.InRange(_peer.Untrusted.Count, 1, MapLimits.MaxPassedOver);
        Assert.Contains(Hash(MapLimits.MaxPassedOver + 9), _peer.Untrusted);
    }

    private static RecordHash Hash(int number)
    {
        Span<byte> bytes = stackalloc byte[RecordHash.Bytes];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number + 1);
        return RecordHash.FromBytes(bytes);
    }
}
