using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Links;

/// <summary>What all connections of a node share.</summary>
internal sealed class LinkEnvironment
{
    private readonly Action<DropCause, long> _count;
    private volatile bool _draining;

    internal LinkEnvironment(SchedulerInbox inbox, OverlayClock clock, PacketPool packets, PacketPool controls, int cellBytes, Action<DropCause, long> count, ILogger log)
    {
        Inbox = inbox;
        Clock = clock;
        Packets = packets;
        Controls = controls;
        CellBytes = cellBytes;
        _count = count;
        Log = log;
    }

    internal SchedulerInbox Inbox { get; }

    /// <summary>The core's time.</summary>
    internal OverlayClock Clock { get; }

    /// <summary>When busy links are read.</summary>
    internal ReadTicks Ticks { get; } = new();

    /// <summary>Buffers for packets and padding.</summary>
    internal PacketPool Packets { get; }

    /// <summary>Buffers for all other cells.</summary>
    internal PacketPool Controls { get; }

    internal int CellBytes { get; }

    internal ILogger Log { get; }

    /// <summary>Set once, when the node stops: no more packets are taken in.</summary>
    internal bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    internal void Count(DropCause cause, long count)
    {
        if (count > 0)
        {
            _count(cause, count);
        }
    }
}
