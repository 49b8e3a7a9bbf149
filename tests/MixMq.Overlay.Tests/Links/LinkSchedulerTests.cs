using MixMq.Overlay.Links;

namespace MixMq.Overlay.Tests.Links;

public class LinkSchedulerTests
{
    private readonly PacketPool _pool = new(16, 10_000);
    private readonly LinkScheduler _scheduler = new();

    [Fact]
    [Trait("Spec", "LNK-4")]
    public void Hello_goes_before_all_else()
    {
        Add(CellType.Packet, 3);
        Add(CellType.Topology, 3);
        Add(CellType.Hello, 2);
        Assert.Equal([CellType.Hello, CellType.Hello], Take(2));
    }

    [Fact]
    [Trait("Spec", "LNK-4")]
    public void A_busy_link_keeps_one_slot_in_sixteen_for_control()
    {
        Add(CellType.Packet, 100);
        Add(CellType.Topology, 100);
        var taken = Take(100);
        for (var i = 0; i + 16 <= taken.Length; i++)
        {
            Assert.Equal(1, taken.AsSpan(i, 16).Count(CellType.Topology));
        }
    }

    [Fact]
    public void An_idle_link_sends_control_in_every_slot()
    {
        Add(CellType.Topology, 20);
        Add(CellType.Control, 20);
        Assert.Equal(40, Take(40).Length);
    }

    [Fact]
    [Trait("Spec", "LNK-4")]
    [Trait("Spec", "MIX-14")]
    public void Each_queue_has_a_bound_and_refuses_the_newest()
    {
        Assert.Equal(LinkTuning.PacketQueueLimit, Add(CellType.Packet, LinkTuning.PacketQueueLimit + 5));
        Assert.Equal(LinkTuning.HelloQueueLimit, Add(CellType.Hello, LinkTuning.HelloQueueLimit + 5));
        Assert.Equal(LinkTuning.ControlQueueLimit, Add(CellType.Control, LinkTuning.ControlQueueLimit + 5));
        Assert.Equal(_scheduler.Count, _pool.Outstanding);
    }

    [Fact]
    public void Clear_returns_every_buffer()
    {
        Add(CellType.Packet, 7);
        Add(CellType.Hello, 1);
        Assert.Equal(7, _scheduler.Clear());
        Assert.Equal(0, _pool.Outstanding);
        Assert.False(_scheduler.TryDequeue(out _));
    }

    private int Add(CellType type, int count)
    {
        var added = 0;
        for (var i = 0; i < count; i++)
        {
            Assert.True(_pool.TryRent(out var cell));
            cell.Cell[0] = (byte)type;
            if (_scheduler.TryEnqueue(cell))
            {
                added++;
            }
            else
            {
                cell.Return();
            }
        }

        return added;
    }

    private CellType[] Take(int count)
    {
        var types = new List<CellType>();
        while (types.Count < count && _scheduler.TryDequeue(out var cell))
        {
            types.Add((CellType)cell.Cell[0]);
            cell.Return();
        }

        return [.. types];
    }
}
