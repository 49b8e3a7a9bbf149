using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace MixMq.Contracts.Wire;

/// <summary>
/// Reads length-prefixed messages from a pipe. Call <see cref="ReadAsync"/>, use the payload, call <see cref="Consume"/>, and again
/// until the outcome is End or Fault. One caller at a time; the pipe stays its owner's.
/// </summary>
/// <remarks>
/// <code>
///  0          1                              5
///  +----------+------------------------------+----------------+
///  | flag (1) | length, u32 big-endian (4)   | message        |
///  +----------+------------------------------+----------------+
/// </code>
/// Flag 0: as it is; 1: compressed with the encoding of the header grpc-encoding, which is never used here, so it is a violation; the
/// rest is reserved. The length is held against the limit before one byte of the message is waited for.
/// Source: grpc/grpc, doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message.
/// </remarks>
internal sealed class FrameReader(PipeReader pipe, int maxMessageBytes)
{
    private SequencePosition _end;

    public async ValueTask<FrameOutcome> ReadAsync(CancellationToken cancellationToken)
    {
        var read = await pipe.ReadAtLeastAsync(Frame.PrefixBytes, cancellationToken);
        if (read.IsCanceled)
            throw new OperationCanceledException("The read was cancelled.");
        if (read.Buffer.IsEmpty)
        {
            pipe.AdvanceTo(read.Buffer.End);
            return FrameOutcome.End;
        }

        if (read.Buffer.Length < Frame.PrefixBytes)
            return Fail(read, GrpcStatusCode.Internal, "The stream ended within a message's prefix.");

        var length = ReadPrefix(read.Buffer, out var flag);
        if (flag == 1)
            return Fail(read, GrpcStatusCode.Internal, "The message is marked as compressed, but no grpc-encoding was agreed.");
        if (flag != 0)
            return Fail(read, GrpcStatusCode.Internal, "The message's compressed flag is neither 0 nor 1.");
        if (length > (uint)maxMessageBytes)
            return Fail(read, GrpcStatusCode.ResourceExhausted, $"The message is {length} bytes; at most {maxMessageBytes} are taken.");

        var whole = Frame.PrefixBytes + (int)length;
        if (read.Buffer.Length < whole)
        {
            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await pipe.ReadAtLeastAsync(whole, cancellationToken);
            if (read.IsCanceled)
                throw new OperationCanceledException("The read was cancelled.");
            if (read.Buffer.Length < whole)
                return Fail(read, GrpcStatusCode.Internal, "The stream ended within a message.");
        }

        var payload = read.Buffer.Slice(Frame.PrefixBytes, (int)length);
        _end = payload.End;
        return FrameOutcome.Message(payload);
    }

    /// <summary>Gives the last message's bytes back to the pipe.</summary>
    public void Consume() => pipe.AdvanceTo(_end);

    private static uint ReadPrefix(ReadOnlySequence<byte> buffer, out byte flag)
    {
        Span<byte> prefix = stackalloc byte[Frame.PrefixBytes];
        buffer.Slice(0, Frame.PrefixBytes).CopyTo(prefix);
        flag = prefix[0];
        return BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
    }

    private FrameOutcome Fail(ReadResult read, GrpcStatusCode status, string detail)
    {
        pipe.AdvanceTo(read.Buffer.End);
        return FrameOutcome.Fault(status, detail);
    }
}
