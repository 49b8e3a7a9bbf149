namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// What the sender's outbox keeps of an anonymous message in place of an envelope: <c>'A' ‖ secret[32] ‖ envelope</c>. No other envelope begins so. A message that is being withdrawn keeps it too.
/// </summary>
internal static class StoredEnvelope
{
    private const byte Marker = (byte)'A';

    public static byte[] Of(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> envelope) => [Marker, .. secret, .. envelope];

    public static bool Is(ReadOnlySpan<byte> stored) => stored.Length > AnonymousConstants.SecretBytes && stored[0] == Marker;

    /// <summary>Takes it apart.</summary>
    /// <returns>False: it isn't one, or is damaged.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> stored,
        out ReadOnlySpan<byte> secret,
        out ReadOnlySpan<byte> bytes,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AnonymousEnvelope? envelope)
    {
        secret = bytes = default;
        envelope = null;
        if (!Is(stored))
        {
            return false;
        }

        secret = stored.Slice(1, AnonymousConstants.SecretBytes);
        bytes = stored[(1 + AnonymousConstants.SecretBytes)..];
        return AnonymousEnvelope.TryRead(bytes, out envelope, out var length) && length == bytes.Length;
    }
}
