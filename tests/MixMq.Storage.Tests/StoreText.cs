using System.Globalization;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;

namespace MixMq.Storage.Tests;

/// <summary>All that a store shows, as lines of text in an order of their own: two stores hold the same exactly if their texts are equal.</summary>
internal static class StoreText
{
    public static string Of(IMessageStore store, IEnumerable<MessageId> ids, IEnumerable<Place> places)
    {
        var lines = Of(store.Load());
        lines.AddRange(store.ReadInbox(0, int.MaxValue, long.MaxValue).Select(item => "unconsumed " + Of(item)));
        lines.AddRange(store.ReadInbox(0, int.MaxValue, long.MaxValue, includeConsumed: true).Select(item => "ready " + Of(item)));
        lines.AddRange(store.ReadInboxHeads(0, int.MaxValue).Select(head => $"head {head}"));
        lines.AddRange(store.ReadInboxHeads(2, 2).Select(head => $"head of some {head}"));
        lines.AddRange(places.SelectMany(place => store.ReadConversationHeads(place, 2).Select(head => $"after {place}: {head}")));
        lines.AddRange(ids.Select(id => string.Create(
            CultureInfo.InvariantCulture, $"message {id}: {store.Track(id)?.ToString() ?? "unknown"}, content {Of(store.ReadOutboxContent(id))}")));
        lines.AddRange(places.Select(place => $"partial {place}: {Of(store.ReadPartial(place))}"));
        lines.AddRange(store.Load().Partials.Where(partial => partial.InParts && (partial.Leading > 0 || partial.Fragments.Contains(0)))
            .Select(partial => $"partial in parts {partial.Place}: {Of(store.ReadPartialPart(partial.Place, 5, 20))}").Order(StringComparer.Ordinal));
        lines.AddRange(ids.Select(id => $"staged {id}: {Of(store.ReadOutboxPart(id, 1, 1))}"));
        lines.AddRange(store.ReadInbox(0, int.MaxValue, long.MaxValue).Select(item => $"in parts {item.Entry.Position}: {Of(store.ReadInboxPart(item.Entry.Position, 0, (int)item.Entry.PartedContentBytes))}"));
        lines.AddRange(store.ReadDeadLetters(0, int.MaxValue).Select(letter => $"letter in parts {letter.Number}: {Of(store.ReadDeadLetterPart(letter.Number, 0, (int)letter.Entry.PartedContentBytes))}"));
        lines.AddRange(((string[])["consumer 0", "consumer 1"]).Select(name => $"{name} {Consumer(store, name)}"));
        lines.AddRange(store.ReadDeadLetters(0, int.MaxValue).Select(letter => $"in the list {Of(letter)}"));
        lines.AddRange(store.ReadDeadLetters(0, int.MaxValue).Select(letter => $"with content {(store.ReadDeadLetter(letter.Number) is { } whole ? Of(whole) : "none")}"));
        lines.AddRange(store.ReadGaps(0, int.MaxValue).Select(gap => $"gap {gap}"));
        lines.AddRange(store.Load().OutboundConversations.SelectMany(row => store.ReadKept(row.Recipient, row.Conversation, 1, 30, 20)
            .Select(kept => $"kept {row.Recipient} {row.Conversation} {kept with { Envelope = default }} {Of(kept.Envelope)}")).Order(StringComparer.Ordinal));
        lines.AddRange(((int[])[0, 2]).SelectMany(page => store.Load(page).Waiting.Select(row => $"waiting {row}").Concat(store.Load(page).Outbox.Select(row => $"loaded {row.Id}"))
            .Order(StringComparer.Ordinal)));
        lines.AddRange(store.Load().OutboundConversations.SelectMany(row => ((bool[])[false, true]).SelectMany(byExpiry => store.ReadWaiting(row.Recipient, row.Conversation, 2, 3, byExpiry)
            .Select((entry, index) => $"page {row.Recipient} {row.Conversation} {byExpiry} {index} {entry with { Envelope = default }} {Of(entry.Envelope)}"))).Order(StringComparer.Ordinal));
        lines.AddRange(ids.Select(id => $"unsettled {store.ReadUnsettled(id)?.Sequence}"));
        lines.AddRange(ids.Select(id => $"anonymous {id}: {store.ReadAnonymous(id)}, reply {store.Track(StoredReply.IdOf(id))} {Of(store.ReadReplyContent(id))}, question {store.ReadQuestion(id)}"));
        lines.Add(store.Count().ToString());
        return string.Join('\n', lines);
    }

    private static string Consumer(IMessageStore store, string name)
    {
        try
        {
            return store.ReadConsumer(name) is { } left
                ? $"{left.Checkpoint} {Of(left.State)} {left.UpdatedUnixMillis} {store.HasCheckpoint(left.Checkpoint)}"
                : "none";
        }
        catch (MessageStoreException failure) when (failure.Message.Contains("state is damaged", StringComparison.Ordinal))
        {
            return "damaged";
        }
    }

    private static List<string> Of(EndpointState state)
    {
        var lines = new List<string>();
        lines.AddRange(state.OutboundConversations
            .Select(row => $"outbound {row.Recipient} {row.Conversation} '{row.Name}' {Of(row.Secret)} next {row.NextSequence} tentative {row.Tentative} {row.FirstGap}").Order(StringComparer.Ordinal));
        lines.AddRange(state.Outbox
            .OrderBy(row => row.Recipient).ThenBy(row => row.Conversation) // stable: the sequences stay as the store gave them
            .Select(row => $"outbox {row.Id} {row.Recipient} {row.Conversation} {row.Sequence} '{row.Label}' {Of(row.Envelope)} "
                + $"{row.ContentLength} {row.CreatedUnixMillis} {row.ExpiresUnixMillis} {row.Tombstone} {row.InParts}{(row.Damaged ? " damaged" : "")}"));
        lines.AddRange(state.InboundConversations
            .Select(row => $"inbound {row.Sender} {row.Conversation} '{row.Name}' {Of(row.Secret)} {row.Watermark} {row.Base} [{string.Join(' ', row.Tombstones)}] "
                + $"{row.SenderIncarnation} former {row.FormerFirst} {row.FormerLast} foreign {row.Foreign}")
            .Order(StringComparer.Ordinal));
        lines.AddRange(state.Held.Select(held => $"held {held.Place} {held.ContentLength}").Order(StringComparer.Ordinal));
        lines.AddRange(state.InboxUsage.Select(usage => $"usage {usage}").Order(StringComparer.Ordinal));
        lines.AddRange(state.Partials
            .Select(row => $"gathering {row.Place} {row.Id} {Of(row.Envelope)} {row.ContentLength} {row.FragmentCount} {row.InParts} [{string.Join(' ', Enumerable.Range(0, row.Leading).Union(row.Fragments).Order())}]")
            .Order(StringComparer.Ordinal));
        lines.AddRange(state.Former.Select(row => $"former {row.Conversation} {string.Join(' ', row.Ids)}").Order(StringComparer.Ordinal));
        lines.AddRange(state.Questions.Select(row => $"question {row with { Secret = default }} {Of(row.Secret)}").Order(StringComparer.Ordinal));
        lines.AddRange(state.Replies.Select(row => $"reply {row}").Order(StringComparer.Ordinal));
        lines.Add($"last position {state.LastInboxPosition}");
        return lines;
    }

    private static string Of(InboxItem item)
    {
        InboxEntry entry = item.Entry;
        return $"{entry.Position} {entry.Place} '{entry.ConversationName}' {entry.Id} '{entry.Label}' {entry.CreatedUnixMillis} {entry.ExpiresUnixMillis} "
            + $"{Of(entry.Content)} {entry.PartedContentBytes} {entry.Tombstone} {entry.State} {entry.ReceivedUnixMillis} {item.Consumed} {item.Deliveries}{(item.Damaged ? " damaged" : "")}";
    }

    private static string Of(DeadLetter letter) =>
        $"{letter.Number} {Of(new InboxItem(letter.Entry, false))} {letter.ContentLength} '{letter.Cause}' '{letter.Consumer}' {letter.Deliveries} {letter.DiedUnixMillis}";

    private static string Of(ConversationSecret secret) => Convert.ToHexString(secret.ToArray());

    private static string Of(ReadOnlyMemory<byte>? bytes) => bytes is { } there ? "0x" + Convert.ToHexString(there.Span) : "none";
}
