using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;

namespace MixMq.Simulation.Disk;

/// <content>Contents in parts. Here they are whole too; what differs is how they come in and how they are read.</content>
public sealed partial class MemoryStore
{
    private readonly Dictionary<MessageId, byte[]> _staged = [];

    /// <summary>What the shell does with a content that is too long to be handed over whole: the request without it, durable.</summary>
    public SubmitRequest Stage(SubmitRequest request, IRandomSource random)
    {
        var bytes = new byte[MessageId.ByteCount];
        random.Fill(bytes);
        var id = MessageId.FromBytes(bytes);
        for (var index = 0; (long)index * MessagingConstants.ContentPartBytes < request.Content.Length; index++)
        {
            var part = request.Content[(index * MessagingConstants.ContentPartBytes)..];
            Apply(new StoreOperation.StagePart(id, index, part[..Math.Min(part.Length, MessagingConstants.ContentPartBytes)]));
        }

        return request with { Content = ReadOnlyMemory<byte>.Empty, Staged = new(id, request.Content.Length, SHA256.HashData(request.Content.Span)) };
    }

    public ReadOnlyMemory<byte>? ReadOutboxPart(MessageId id, long offset, int length) =>
        _outbox.TryGetValue(id, out var row) && row.Entry.InParts ? Range(row.Content, offset, length) : null;

    public ReadOnlyMemory<byte>? ReadPartialPart(Place place, long offset, int length)
    {
        if (!_partials.TryGetValue(place, out var row))
        {
            return null;
        }

        Require(row.Open.PieceBytes > 0, "The partial isn't in parts.");
        var before = 0L;
        var content = new List<byte>();
        for (var index = 0; before < offset + length; index++)
        {
            Require(row.Fragments.TryGetValue(index, out var fragment), "Only what is there is read.");
            var skipped = (int)Math.Clamp(offset - before, 0, fragment!.Length);
            content.AddRange(fragment.AsSpan(skipped));
            before += fragment.Length;
        }

        return content.Take(length).ToArray();
    }

    private byte[] TakeStaged(OutboxEntry entry)
    {
        Require(_staged.Remove(entry.Id, out var content) && content.Length == entry.ContentLength, "The entry contradicts what was staged.");
        return content!;
    }

    private byte[] TakeParts(InboxEntry entry)
    {
        var partial = _partials[entry.Place];
        Require(partial.Open.PieceBytes > 0 && partial.Fragments.Count == partial.Open.FragmentCount, "The partial isn't whole, or isn't in parts.");
        var content = partial.Fragments.Values.SelectMany(fragment => fragment).ToArray();
        Require(content.Length == entry.PartedContentBytes && entry.Content.IsEmpty, "The entry contradicts its partial.");
        _partials.Remove(entry.Place);
        return content;
    }

    private void ApplyOfParts(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.StagePart stage:
                var before = _staged.GetValueOrDefault(stage.Id) ?? [];
                Require(before.Length == stage.Index * MessagingConstants.ContentPartBytes && !stage.Part.IsEmpty, "Parts come in order, all but the last full.");
                _staged[stage.Id] = [.. before, .. stage.Part.Span];
                break;
            case StoreOperation.DropStaged drop:
                _staged.Remove(drop.Id);
                break;
            default:
                ApplyOfConsumer(operation);
                break;
        }
    }

    private static ReadOnlyMemory<byte>? Range(byte[]? content, long offset, int length) =>
        content is not null && offset + length <= content.Length ? content.AsMemory((int)offset, length) : default(ReadOnlyMemory<byte>?);
}
