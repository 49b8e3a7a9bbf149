using System.Buffers;

namespace MixMq.Contracts.Wire;

/// <summary>One of: a message, the end, a fault with the status it is answered with.</summary>
internal readonly struct FrameOutcome
{
    private FrameOutcome(FrameOutcomeKind kind, ReadOnlySequence<byte> payload, GrpcStatusCode status, string detail)
    {
        Kind = kind;
        Payload = payload;
        Status = status;
        Detail = detail;
    }

    public static FrameOutcome End { get; } = new(FrameOutcomeKind.End, default, GrpcStatusCode.Ok, "");

    public FrameOutcomeKind Kind { get; }

    /// <summary>The message's bytes, in the reader's buffers: valid until <see cref="FrameReader.Consume"/>.</summary>
    public ReadOnlySequence<byte> Payload { get; }

    public GrpcStatusCode Status { get; }

    public string Detail { get; }

    public static FrameOutcome Message(ReadOnlySequence<byte> payload) => new(FrameOutcomeKind.Message, payload, GrpcStatusCode.Ok, "");

    public static FrameOutcome Fault(GrpcStatusCode status, string detail) => new(FrameOutcomeKind.Fault, default, status, detail);
}
