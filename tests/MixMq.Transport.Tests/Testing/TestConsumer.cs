using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Transport.Tests.Testing;

/// <summary>An endpoint reduced to what arrives at it.</summary>
internal sealed class TestConsumer : IPacketConsumer
{
    private readonly Channel<byte[]> _messages = Channel.CreateBounded<byte[]>(10_000);
    private readonly Lock _lock = new();
    private readonly List<(Func<TopologyView, bool> Wanted, TaskCompletionSource<TopologyView> Found)> _waiting = [];
    private TopologyView _view = TopologyView.Empty;

    public void OnDelivered(PacketBuffer packet, in UnwrapResult result)
    {
        Assert.True(_messages.Writer.TryWrite(packet.Packet.Slice(result.Offset, result.Length).ToArray()));
        packet.Return();
    }

    public void OnTopology(TopologyView view)
    {
        lock (_lock)
        {
            _view = view;
            _waiting.RemoveAll(wait => wait.Wanted(view) && wait.Found.TrySetResult(view));
        }
    }

    internal async Task<byte[]> ReceiveAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(TestLog.Patience);

    /// <summary>What has arrived by now.</summary>
    internal bool TryReceive([NotNullWhen(true)] out byte[]? message) => _messages.Reader.TryRead(out message);

    internal Task<TopologyView> ViewAsync(Func<TopologyView, bool> wanted)
    {
        lock (_lock)
        {
            if (wanted(_view))
            {
                return Task.FromResult(_view);
            }

            var found = new TaskCompletionSource<TopologyView>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, found));
            return found.Task.WaitAsync(TestLog.Patience);
        }
    }
}
