using MixMq.Contracts.Wire;

namespace MixMq.Node.Api;

/// <summary>How much may be being handed over at a time, by all applications together. Thread-safe.</summary>
internal sealed class UploadLimit(long maxBytes)
{
    private const int MaxUploads = 16;
    private int _uploads;
    private long _bytes;

    /// <exception cref="RpcException">There are as many as may be.</exception>
    internal void Enter()
    {
        if (Interlocked.Increment(ref _uploads) > MaxUploads)
        {
            Interlocked.Decrement(ref _uploads);
            throw new RpcException(GrpcStatusCode.ResourceExhausted, $"{MaxUploads} contents are being handed over already; try again.");
        }
    }

    /// <summary>Takes room on the disk for a part.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    internal void Take(int bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > maxBytes)
        {
            Interlocked.Add(ref _bytes, -bytes);
            throw new RpcException(GrpcStatusCode.ResourceExhausted, "What is being handed over fills the outbox; try again when some of it has been accepted.");
        }
    }

    /// <summary>It has become a message's, or is dropped.</summary>
    internal void Leave(long bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _uploads);
    }
}
