using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Tests;

/// <content>Reads of contents in parts.</content>
internal sealed partial class ModelStore
{
    public ReadOnlyMemory<byte>? ReadOutboxPart(MessageId id, long offset, int length) =>
        _state.Outbox.TryGetValue(id, out OutboxRow? row) && row.Entry.InParts ? Range(row.Content, offset, length) : null;

    public ReadOnlyMemory<byte>? ReadPartialPart(Place place, long offset, int length) => _state.Partials.TryGetValue(place, out PartialRow? row) && row.Open.PieceBytes > 0
        ? Range(row.Fragments.Values.SelectMany(fragment => fragment.ToArray()).ToArray(), offset, length)
        : null;

    public ReadOnlyMemory<byte>? ReadInboxPart(ulong position, long offset, int length) =>
        _state.Unconsumed(position) is { Entry.PartedContentBytes: > 0 } item ? Range(_state.Parted[item.Entry.Place], offset, length) : null;

    public ReadOnlyMemory<byte>? ReadDeadLetterPart(long number, long offset, int length) =>
        _state.DeadLetters.TryGetValue(number, out DeadLetter? letter) && letter.Entry.PartedContentBytes > 0 ? Range(_state.Parted[letter.Entry.Place], offset, length) : null;

    private static ReadOnlyMemory<byte>? Range(ReadOnlyMemory<byte>? content, long offset, int length) =>
        content is { } bytes && offset + length <= bytes.Length ? bytes.Slice((int)offset, length) : default(ReadOnlyMemory<byte>?);
}
