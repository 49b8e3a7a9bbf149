using System.Threading.Channels;
using MixMq.Overlay;

namespace MixMq.Node.Messaging;

/// <summary>
/// The bounded queues in front of the endpoint core's thread. Packets: full drops the newest (the sender repeats it). Everything else:
/// answers to what the core itself asked for and the control API's calls, both bounded where they begin, so that a full queue only
/// delays the thread that writes. Thread-safe; one reader.
/// </summary>
internal sealed class EndpointInbox : IDisposable
{
    /// <summary>Delivered packets that may wait.</summary>
    internal const int PacketLimit = 2048;

    /// <summary>Other inputs that may wait.</summary>
    internal const int InputLimit = 16_384;

    private readonly Channel<DeliveredPacket> _packets = Channel.CreateBounded<DeliveredPacket>(
        new BoundedChannelOptions(PacketLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Channel<EndpointInput> _inputs = Channel.CreateBounded<EndpointInput>(
        new BoundedChannelOptions(InputLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // Without spinning: the next input is mostly a commit's or a packet's time away, far longer than a spin lasts.
    private readonly ManualResetEventSlim _wake = new(initialState: false, spinCount: 0);

    /// <summary>False: the queue is full or closed, and the packet is still the caller's.</summary>
    internal bool TryPost(in DeliveredPacket packet)
    {
        bool taken = _packets.Writer.TryWrite(packet);
        if (taken)
        {
            _wake.Set();
        }

        return taken;
    }

    /// <summary>Waits for room. False: the thread has ended and will not answer.</summary>
    internal bool Post(EndpointInput input)
    {
        while (!_inputs.Writer.TryWrite(input))
        {
            if (!_inputs.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return false;
            }
        }

        _wake.Set();
        return true;
    }

    internal bool TryTake(out DeliveredPacket packet) => _packets.Reader.TryRead(out packet);

    internal bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out EndpointInput? input) => _inputs.Reader.TryRead(out input);

    /// <summary>Called before the queues are looked at: what is posted from now on ends the next wait at once.</summary>
    internal void Arm() => _wake.Reset();

    internal void Wait(int milliseconds) => _wake.Wait(milliseconds);

    internal void Close()
    {
        _packets.Writer.TryComplete();
        _inputs.Writer.TryComplete();
    }

    public void Dispose() => _wake.Dispose();
}
