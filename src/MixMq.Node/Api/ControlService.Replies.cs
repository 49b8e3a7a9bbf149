using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;

namespace MixMq.Node.Api;

/// <content>Replies to anonymous messages.</content>
internal sealed partial class ControlService
{
    public async Task<SendResponse> ReplyAsync(ReplyRequest request, GrpcCallContext context) => Answer(await node.Endpoint.SubmitAsync(ToSubmit(request)));

    private static SubmitRequest ToSubmit(ReplyRequest reply) => reply.MessageId.Length == MessageId.ByteCount
        ? new()
        {
            Token = 0,
            To = default,
            Label = reply.Label,
            Content = reply.Content.Memory,
            Answers = MessageId.FromBytes(reply.MessageId.Span),
        }
        : throw new RpcException(GrpcStatusCode.InvalidArgument, $"A message id has {MessageId.ByteCount} bytes.");

    private ReplyState ReplyOf(MessageId message) => node.Store.ReadQuestion(message) switch
    {
        QuestionStatus.Waiting => ReplyState.Waiting,
        QuestionStatus.Answered or QuestionStatus.Noted => ReplyState.Received,
        QuestionStatus.Unanswered => ReplyState.None,
        _ => ReplyState.Unspecified,
    };

    private long ReplyUntil(MessageId message) => node.Store.ReadAnonymous(message) is var known && known.IsAnswerable(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
        ? known.ReplyUntilUnixMillis
        : 0;
}
