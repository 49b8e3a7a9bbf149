namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>The domain labels of messaging: one for each signature and each tag.</summary>
internal static class MessagingLabels
{
    public static ReadOnlySpan<byte> Envelope => "MixMq-envelope-v1"u8;

    public static ReadOnlySpan<byte> Fragment => "MixMq-fragment-v1"u8;

    public static ReadOnlySpan<byte> Acknowledgement => "MixMq-ack-v1"u8;
}
