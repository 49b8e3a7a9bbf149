using System.Runtime.CompilerServices;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Node.Messaging;
using MixMq.Sphinx;
using PingRequest = MixMq.Contracts.Control.V1.PingRequest;

namespace MixMq.Node.Api;

/// <content>Pings.</content>
internal sealed partial class ControlService
{
    public async IAsyncEnumerable<PingEvent> PingAsync(
        PingRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.TimeoutMs is not 0 and (< PingLimits.LeastTimeoutMs or > PingLimits.MostTimeoutMs))
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"timeout_ms is {PingLimits.LeastTimeoutMs} to {PingLimits.MostTimeoutMs}, or 0.");
        }

        NodeAddress to = names.Resolve(request.To);
        PingCall call = node.Endpoint.Ping(to, request.TimeoutMs == 0 ? PingLimits.DefaultTimeoutMs : (int)request.TimeoutMs);
        try
        {
            var said = new PingEvent { Address = to.ToString() };
            await Task.WhenAny(call.Sent, call.Outcome).WaitAsync(cancellationToken);
            if (call.Sent.IsCompleted)
            {
                said.Relays = (uint)await call.Sent;
                said.State = PingState.Sent;
                yield return said.Clone();
            }

            PingOutcome outcome = await call.Outcome.WaitAsync(cancellationToken);
            said.State = StateOf(outcome.Result);
            said.RoundTripUs = (ulong)outcome.RoundTripMicros;
            yield return said;
        }
        finally
        {
            if (!call.Outcome.IsCompleted)
            {
                node.Endpoint.ForgetPing(call);
            }
        }
    }

    private static PingState StateOf(PingResult result) => result switch
    {
        PingResult.Answered => PingState.Answered,
        PingResult.NoAnswer => PingState.NoAnswer,
        PingResult.NoPath => PingState.NoPath,
        PingResult.IsSelf => throw new RpcException(GrpcStatusCode.InvalidArgument, "That is this node itself."),
        PingResult.TooMany => throw new RpcException(GrpcStatusCode.ResourceExhausted, $"{PingLimits.MaxUnderWay} pings are under way, which is the most."),
        _ => throw new RpcException(GrpcStatusCode.Unavailable, "The node is stopping."),
    };
}
