using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;

namespace MixMq.Storage.Tests;

/// <content>Messages without a sender, and replies to them.</content>
internal sealed partial class ModelStore
{
    public AnonymousKnowledge ReadAnonymous(MessageId id) =>
        !_state.Inbox.Values.Any(item => item.Entry.Id == id && AnonymousPlaces.IsAnonymous(item.Entry.Place)) ? default
        : _state.Replies.TryGetValue(id, out ReplyRow? row) ? new AnonymousKnowledge(true, row.Reply.UntilUnixMillis, row.Status)
        : new AnonymousKnowledge(true);

    public ReadOnlyMemory<byte>? ReadReplyContent(MessageId question) => _state.Replies.TryGetValue(question, out ReplyRow? row) ? row.Content : null;

    public QuestionStatus? ReadQuestion(MessageId id) => _state.Questions.TryGetValue(id, out (StoredQuestion Stored, long) row) ? row.Stored.Status : null;

    private OutboxTrack? TrackReply(MessageId id)
    {
        ReplyRow? row = _state.Replies.Values.FirstOrDefault(row => StoredReply.IdOf(row.Reply.Question) == id);
        return row is null || row.Reply.CreatedUnixMillis == 0
            ? null
            : new OutboxTrack(
                row.Status == ReplyStatus.Acknowledged ? OutboxStatus.Acknowledged : row.Status == ReplyStatus.Expired ? OutboxStatus.Expired : OutboxStatus.Pending,
                default, 0, row.Reply.CreatedUnixMillis, row.Reply.UntilUnixMillis, row.Settled) { Answers = row.Reply.Question };
    }

    private static State ApplyOfAnonymous(State state, StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenQuestion open:
                Require(!state.Questions.ContainsKey(open.Question.Id));
                return state with { Questions = state.Questions.Add(open.Question.Id, (open.Question, 0)) };
            case StoreOperation.MoveQuestion move:
                Require(state.Questions.TryGetValue(move.Id, out (StoredQuestion Stored, long) question) && question.Stored.Status < move.Status);
                return state with { Questions = state.Questions.SetItem(move.Id, (question.Stored with { Status = move.Status }, move.UnixMillis)) };
            case StoreOperation.OpenReply open:
                Require(!state.Replies.ContainsKey(open.Id));
                return state with { Replies = state.Replies.Add(open.Id, new ReplyRow(new StoredReply(open.Id, "", 0, 0, open.UntilUnixMillis), null, ReplyStatus.Open, 0)) };
            case StoreOperation.AppendReply append:
                Require(state.Replies.TryGetValue(append.Reply.Question, out ReplyRow? opened) && opened.Status == ReplyStatus.Open && append.Content.Length == append.Reply.ContentLength);
                return state with { Replies = state.Replies.SetItem(append.Reply.Question, new ReplyRow(append.Reply, append.Content, ReplyStatus.Pending, 0)) };
            case StoreOperation.SettleReply settle:
                Require(state.Replies.TryGetValue(settle.Id, out ReplyRow? pending) && pending.Status is ReplyStatus.Open or ReplyStatus.Pending);
                return state with { Replies = state.Replies.SetItem(settle.Id, pending! with { Content = null, Status = settle.Status, Settled = settle.UnixMillis }) };
            default:
                throw new InvalidOperationException("An unknown operation.");
        }
    }

    private sealed record ReplyRow(StoredReply Reply, ReadOnlyMemory<byte>? Content, ReplyStatus Status, long Settled);
}
