using System.Collections.Concurrent;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Node.Messaging;

/// <summary>
/// The keys of those whose messages were verified here, looked at once and kept prepared. Only keys under which something did verify are kept, so that
/// strangers can't fill it. Thread-safe.
/// </summary>
internal sealed class SenderKeys
{
    /// <summary>Keys that are kept; further senders' are prepared for each message.</summary>
    internal const int Limit = 4096;

    private readonly ConcurrentDictionary<NodeAddress, Ed25519VerifyingKey> _keys = new();

    internal int Count => _keys.Count;

    internal bool Verify(NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (_keys.TryGetValue(signer, out Ed25519VerifyingKey? known))
        {
            return known.Verify(message, signature);
        }

        Span<byte> bytes = stackalloc byte[Ed25519.PublicKeyBytes];
        signer.CopyTo(bytes);
        Ed25519VerifyingKey? key = Ed25519VerifyingKey.TryCreate(bytes);
        bool valid = key?.Verify(message, signature) ?? false;
        if (!valid || _keys.Count >= Limit || !_keys.TryAdd(signer, key!))
        {
            key?.Dispose();
        }

        return valid;
    }
}
