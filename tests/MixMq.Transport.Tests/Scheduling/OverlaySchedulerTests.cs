using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Transport.Links;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Scheduling;

public sealed class OverlaySchedulerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_scheduler_says_whether_it_ended_by_a_defect_or_because_it_was_told_to(bool defect)
    {
        using var inbox = new SchedulerInbox(16, 16);
        var scheduler = new OverlayScheduler(NewCore(), inbox, new Shell(defect), new OverlayClock(TimeProvider.System), new ReadTicks(), new TestLog().CreateLogger("scheduler"));
        scheduler.Start();
        if (!defect)
        {
            scheduler.Drain(TimeSpan.Zero);
        }

        await scheduler.Ended.WaitAsync(TestLog.Patience);
        Assert.Equal(defect, scheduler.Failed);
        Assert.NotNull(scheduler.Last);
    }

    private static OverlayCore NewCore() => new(
        new OverlayOptions { Network = TestNode.Network, Own = NodeAddress.FromBytes(new byte[32]), Relays = true, Peers = [] },
        SystemRandomSource.Instance,
        storedSequence: 0);

    /// <summary>Takes what the core puts out, and breaks at the end of a round if it is to.</summary>
    private sealed class Shell(bool defect) : IOverlayShell
    {
        public int UnwrapsUnderWay => 0;

        public void UnwrapsAnswered(int count)
        {
        }

        public void PeersChanged()
        {
        }

        public void EndOfRound(OverlayCore core)
        {
            if (defect)
            {
                throw new InvalidOperationException("A planted defect.");
            }
        }

        public void Dial(NodeAddress peer)
        {
        }

        public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
        {
        }

        public void SendPacket(ConnectionId id, PacketBuffer packet) => packet.Return();

        public void Close(ConnectionId id, LinkCloseReason reason)
        {
        }

        public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
        {
        }

        public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
        }

        public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
        {
        }

        public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) => packet.Return();

        public void RequestMixKey(uint epoch)
        {
        }

        public void PersistSequence(ulong sequence)
        {
        }

        public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
        {
        }

        public void Deliver(PacketBuffer packet, in UnwrapResult result) => packet.Return();

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
