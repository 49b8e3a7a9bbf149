using MixMq.Overlay;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <content>The crypto workers' queue of packets, and the one to what sits on top.</content>
public partial class SimNode
{
    private readonly Stack<UnwrapJob> _jobs = new();
    private int _unwrapsUnderWay;
    private int _deliveriesUnderWay;

    /// <summary>Packets that wait for a crypto worker.</summary>
    public int UnwrapsUnderWay => _unwrapsUnderWay;

    internal void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates)
    {
        if (_unwrapsUnderWay >= World.Options.CryptoQueue)
        {
            packet.Return();
            _core!.Count(DropCause.CryptoQueueFull);
            World.Marks.Hit(Mark.CryptoQueueFull);
            return;
        }

        World.Events.UnwrapRequested(this, packet.Packet);
        _unwrapsUnderWay++;
        var job = TakeJob(packet);
        job.Candidates = candidates;
        job.RequestedMicros = Now.Micros;
        Answer(NodeEvent.Unwrapped, 0, job);
    }

    /// <summary>A packet that the endpoint has made with a SURB goes to the core, which unwraps it first.</summary>
    internal void TakeOwnReply(PacketBuffer packet)
    {
        Enter();
        _core!.HandleOwnReply(packet, Now, ref _port);
        Leave();
    }

    internal void Deliver(PacketBuffer packet, in UnwrapResult result)
    {
        if (PacketSink is null)
        {
            _core!.Count(DropCause.NotForFloat);
            packet.Return();
        }
        else if (_deliveriesUnderWay >= World.Options.DeliveryQueue)
        {
            _core!.Count(DropCause.DeliveryQueueFull);
            World.Marks.Hit(Mark.DeliveryQueueFull);
            packet.Return();
        }
        else
        {
            _deliveriesUnderWay++;
            var job = TakeJob(packet);
            job.Result = result;
            Post(NodeEvent.Delivered, job);
        }
    }

    private void Unwrap(UnwrapJob job)
    {
        var (packet, requested) = (job.Packet, job.RequestedMicros);
        var result = World.Crypto.Unwrap(packet.Packet, Parameters.Definition, job.Candidates.Span);
        result = OnUnwrapped(result, packet.Packet);
        ReturnJob(job);
        _unwrapsUnderWay--;
        World.Events.Unwrapped(this, result, packet.Packet, requested);
        Enter();
        _core!.HandleUnwrapped(packet, result, Now, ref _port);
        Leave();
    }

    private void Hand(UnwrapJob job)
    {
        var (packet, result) = (job.Packet, job.Result);
        ReturnJob(job);
        _deliveriesUnderWay--;
        if (result.Kind == UnwrapKind.Deliver)
        {
            World.Events.PacketDelivered(this, packet.Packet.Slice(result.Offset, result.Length));
        }

        PacketSink!.OnDelivered(packet, result);
    }

    private UnwrapJob TakeJob(PacketBuffer packet)
    {
        var job = _jobs.TryPop(out var free) ? free : new UnwrapJob();
        job.Packet = packet;
        return job;
    }

    private void ReturnJob(UnwrapJob job)
    {
        job.Packet = null!;
        job.Candidates = default;
        _jobs.Push(job);
    }
}
