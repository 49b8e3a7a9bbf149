using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;

namespace MixMq.Simulation.Disk;

/// <content>Messages without a sender, and replies to them. Nothing of them is pruned.</content>
public sealed partial class MemoryStore
{
    private readonly HashSet<MessageId> _anonymous = [];
    private readonly Dictionary<MessageId, StoredQuestion> _questions = [];
    private readonly Dictionary<MessageId, ReplyRow> _replies = [];

    /// <summary>How it stands with the replies to this node's anonymous messages.</summary>
    public IReadOnlyDictionary<MessageId, QuestionStatus> Questions => _questions.ToDictionary(question => question.Key, question => question.Value.Status);

    /// <summary>How it stands with this node's replies, by the messages that they answer.</summary>
    public IReadOnlyDictionary<MessageId, ReplyStatus> Replies => _replies.ToDictionary(reply => reply.Key, reply => reply.Value.Status);

    /// <summary>What is known of an anonymous message that may have come here.</summary>
    public AnonymousKnowledge ReadAnonymous(MessageId id) =>
        !_anonymous.Contains(id) ? default
        : _replies.TryGetValue(id, out var reply) ? new(true, reply.Reply.UntilUnixMillis, reply.Status)
        : new(true);

    public ReadOnlyMemory<byte>? ReadReplyContent(MessageId question) =>
        _replies.TryGetValue(question, out var row) && row.Content is { } content ? content : default(ReadOnlyMemory<byte>?);

    private IEnumerable<StoredQuestion> StoredQuestions() => _questions.Values.Where(question => question.Status is QuestionStatus.Waiting or QuestionStatus.Answered);

    private IEnumerable<StoredReply> StoredReplies() => _replies.Values.Where(reply => reply.Status == ReplyStatus.Pending).Select(reply => reply.Reply);

    private void ApplyOfAnonymous(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenQuestion open:
                _questions.Add(open.Question.Id, open.Question with { Secret = open.Question.Secret.ToArray() });
                break;
            case StoreOperation.MoveQuestion move:
                var question = _questions[move.Id];
                Require(question.Status < move.Status, "A question moves on.");
                _questions[move.Id] = question with { Status = move.Status };
                break;
            case StoreOperation.OpenReply open:
                _replies.Add(open.Id, new(new(open.Id, "", 0, 0, open.UntilUnixMillis), null, ReplyStatus.Open));
                break;
            case StoreOperation.AppendReply append:
                var opened = _replies[append.Reply.Question];
                Require(opened.Status == ReplyStatus.Open && append.Reply.ContentLength == append.Content.Length, "A message is answered once.");
                _replies[append.Reply.Question] = new(append.Reply, append.Content.ToArray(), ReplyStatus.Pending);
                break;
            case StoreOperation.SettleReply settle:
                var settled = _replies[settle.Id];
                Require(settled.Status is ReplyStatus.Open or ReplyStatus.Pending, "A reply is settled once.");
                _replies[settle.Id] = new(settled.Reply, null, settle.Status);
                break;
            default:
                throw new InvalidOperationException("An unknown operation.");
        }
    }

    private void ClearAnonymous()
    {
        _anonymous.Clear();
        _questions.Clear();
        _replies.Clear();
    }

    private void CopyAnonymous(MemoryStore copy)
    {
        copy._anonymous.UnionWith(_anonymous);
        CopyAll(_questions, copy._questions);
        CopyAll(_replies, copy._replies);
    }

    private sealed record ReplyRow(StoredReply Reply, byte[]? Content, ReplyStatus Status);
}
