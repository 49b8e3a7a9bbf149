using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// A consumer's open stream: messages come as long as there is credit, and stay with it until a checkpoint consumes them. One caller at a time reads; granting and rejecting may
/// be done from any thread. To leave in order, call <see cref="LeaveAsync"/>; disposing of it without that counts as losing the consumer.
/// </summary>
public sealed class ConsumerStream : IAsyncDisposable
{
    private readonly GrpcDuplexCall<ReceiveRequest, ReceiveResponse> _call;

    internal ConsumerStream(string consumer, GrpcDuplexCall<ReceiveRequest, ReceiveResponse> call)
    {
        Consumer = consumer;
        _call = call;
    }

    /// <summary>The consumer's name.</summary>
    public string Consumer { get; }

    /// <summary>Names this stream in checkpoints.</summary>
    public ulong Session { get; private set; }

    /// <summary>The id of the consumer's last checkpoint; empty: it never made one.</summary>
    public ByteString LastCheckpoint { get; private set; } = ByteString.Empty;

    /// <summary>The next message, or that there are no more now; null: the stream has ended in order.</summary>
    /// <exception cref="RpcException">It has ended otherwise: ABORTED, another stream was opened for this consumer; UNAVAILABLE, the node is stopping or gone.</exception>
    public async ValueTask<ReceiveResponse?> ReadAsync() => await _call.ReadAsync();

    /// <summary>Lets so many messages more come: 1 to 10,000.</summary>
    public Task GrantAsync(int credit, CancellationToken cancellationToken = default) =>
        _call.WriteAsync(new ReceiveRequest { Credit = checked((uint)credit) }, cancellationToken);

    /// <summary>Gives a message back: it comes again at once, or goes to the dead letters.</summary>
    /// <param name="position">Which.</param>
    /// <param name="cause">Why, at most 1,024 characters.</param>
    /// <param name="final">To the dead letters now.</param>
    /// <param name="cancellationToken">Gives up waiting for the connection.</param>
    public Task RejectAsync(ulong position, string cause, bool final = false, CancellationToken cancellationToken = default) =>
        _call.WriteAsync(new ReceiveRequest { Reject = new RejectMessage { Position = position, Cause = cause, Final = final } }, cancellationToken);

    /// <summary>A checkpoint of this stream, to be filled and given to <see cref="NodeControlClient.CheckpointAsync"/>.</summary>
    public CheckpointRequest NewCheckpoint() => new() { Consumer = Consumer, Session = Session };

    /// <summary>Asks to leave in order: what came and wasn't consumed is given again, and counts as never delivered. The stream ends after what is on its way; read until then.</summary>
    public void Leave() => _call.Complete();

    /// <summary>Leaves in order; messages still on their way are passed over. Not while another caller reads.</summary>
    public async Task LeaveAsync()
    {
        Leave();
        while (await _call.ReadAsync() is not null)
        {
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _call.DisposeAsync();

    internal async Task OpenAsync(uint credit, uint maxDeliveries)
    {
        var open = new OpenConsumer { Consumer = Consumer, Credit = credit, MaxDeliveries = maxDeliveries };
        try
        {
            await _call.WriteAsync(new ReceiveRequest { Open = open });
        }
        catch (RpcException)
        {
            // Reading says why.
        }

        if (await _call.ReadAsync() is not { Opened: { } opened })
            throw new RpcException(GrpcStatusCode.Internal, "The node's first answer doesn't open the stream.");
        Session = opened.Session;
        LastCheckpoint = opened.LastCheckpoint;
    }
}
