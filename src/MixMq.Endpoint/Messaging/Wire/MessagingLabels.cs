namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>The domain labels of messaging: one for each use of a hash, signature or tag.</summary>
internal static class MessagingLabels
{
    public static ReadOnlySpan<byte> Envelope => "MixMq-envelope-v1"u8;

    public static ReadOnlySpan<byte> Fragment => "MixMq-fragment-v1"u8;

    public static ReadOnlySpan<byte> Acknowledgement => "MixMq-ack-v1"u8;

    public static ReadOnlySpan<byte> Refusal => "MixMq-refusal-v1"u8;

    public static ReadOnlySpan<byte> ContentLimit => "MixMq-content-limit-v1"u8;

    public static ReadOnlySpan<byte> Anonymous => "MixMq-anonymous-v1"u8;

    public static ReadOnlySpan<byte> Reply => "MixMq-reply-v1"u8;

    public static ReadOnlySpan<byte> ReplyEnvelope => "MixMq-reply-envelope-v1"u8;

    public static ReadOnlySpan<byte> Checkpoint => "MixMq-checkpoint-v1"u8;

    public static ReadOnlySpan<byte> SenderMark => "MixMq-sender-mark-v1"u8;

    public static ReadOnlySpan<byte> SenderMarkTag => "MixMq-sender-mark-tag-v1"u8;

    public static ReadOnlySpan<byte> RecipientMark => "MixMq-recipient-mark-v1"u8;

    public static ReadOnlySpan<byte> IncarnationKey => "MixMq-incarnation-key-v1"u8;

    public static ReadOnlySpan<byte> Ping => "MixMq-ping-v1"u8;

    public static ReadOnlySpan<byte> PingAnswer => "MixMq-ping-answer-v1"u8;

    public static ReadOnlySpan<byte> View => "MixMq-view-v1"u8;

    public static ReadOnlySpan<byte> ViewBucket => "MixMq-view-bucket-v1"u8;

    public static ReadOnlySpan<byte> ViewDigest => "MixMq-view-digest-v1"u8;

    public static ReadOnlySpan<byte> ViewItem => "MixMq-view-item-v1"u8;
}
