using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport;
using MixMq.Transport.Workers;

namespace MixMq.Node.Messaging;

/// <summary>
/// Makes packets that take SURBs along, and replies by SURBs of others. What can't go out is dropped and counted: the sender of an anonymous message repeats it, and brings another SURB.
/// </summary>
internal sealed class AnonymousWork(OverlayHost overlay, NetworkDefinition network, Replies replies, Action<MessageId> loopDropped) : IBatchWork<AnonymousJob>
{
    /// <summary>The most that are done in one turn: a packet with its SURBs costs as much as several wraps.</summary>
    internal const int MaxBatch = 4;

    private readonly BufferedRandomSource _random = new();
    private readonly PacketWriter _writer = new();
    private readonly SurbWriter _surbs = new();
    private readonly AeadContext _aead = new();

    public void Execute(Span<AnonymousJob> items)
    {
        foreach (AnonymousJob item in items)
        {
            if (!overlay.Pool.TryRent(out PacketBuffer? packet))
            {
                overlay.Count(DropCause.PoolEmpty);
                Dropped(item);
                continue;
            }

            bool sent = false;
            try
            {
                sent = item switch
                {
                    AnonymousJob.Packet outgoing => Send(outgoing, packet),
                    AnonymousJob.Loop loop => Send(loop, packet),
                    _ => Answer((AnonymousJob.Reply)item, packet),
                };
            }
            finally
            {
                if (!sent)
                {
                    packet.Return();
                    Dropped(item);
                }
            }
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _surbs.Dispose();
        _aead.Dispose();
        _random.Dispose();
    }

    private static long UnixSeconds => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private bool Send(AnonymousJob.Packet job, PacketBuffer packet)
    {
        foreach (SurbOrder order in job.Surbs)
        {
            Span<byte> surb = job.Message.AsSpan(order.Offset, Surb.WireBytes(network.Geometry));
            Require(_surbs.Make(network, order.Back, order.ExpiryUnixSeconds, _random, surb, out SurbState? state));
            replies.Add(state!, job.About, isLoop: false);
        }

        Require(_writer.Wrap(network, job.Path, job.Message, _random, packet.Packet));
        if (!overlay.TrySendPacket(job.FirstHop, packet))
        {
            overlay.Count(DropCause.NoLink);
            return false;
        }

        return true;
    }

    // A SURB that expires while it is on its way through here costs a loop, once in many epochs.
    private bool Send(AnonymousJob.Loop job, PacketBuffer packet)
    {
        Span<byte> surb = stackalloc byte[Surb.WireBytes(network.Geometry)];
        Require(_surbs.Make(network, job.Back, job.ExpiryUnixSeconds, _random, surb, out SurbState? state));
        replies.Add(state!, job.About, isLoop: true);
        bool sent = Use(surb, job.Message, packet);
        CryptographicOperations.ZeroMemory(surb);
        return sent;
    }

    // The SURB is a stranger's: whatever is wrong with it, is found here or when this node unwraps the packet as its first hop.
    private bool Answer(AnonymousJob.Reply job, PacketBuffer packet) => Use(job.Surb, job.Message, packet);

    private bool Use(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message, PacketBuffer packet)
    {
        if (Surb.TryUse(network, surb, message, (uint)Math.Clamp(UnixSeconds, 0, uint.MaxValue), _random, _aead, packet.Packet) != SurbUse.Built)
        {
            overlay.Count(DropCause.PacketContentInvalid);
            return false;
        }

        return overlay.TrySendReply(packet);
    }

    private void Dropped(AnonymousJob item)
    {
        if (item is AnonymousJob.Loop loop)
        {
            loopDropped(loop.About);
        }
    }

    private static void Require(WrapResult result)
    {
        if (result != WrapResult.Wrapped)
        {
            // A record's key was checked when it was taken, and the core keeps to the geometry: nothing a peer does leads here.
            throw new InvalidOperationException($"A packet could not be wrapped: {result}.");
        }
    }
}
