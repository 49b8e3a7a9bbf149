using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// A node's mix key of one epoch with the replay filter that belongs to it: both live in memory only, and are destroyed together.
/// </summary>
/// <remarks>
/// Shared between workers and its owner. A worker brackets each use with <see cref="TryAcquire"/> and <see cref="Release"/>;
/// <see cref="Dispose"/> refuses new users at once, and the last user to leave destroys the key. Safe for any number of threads.
/// </remarks>
public sealed class MixKey : IDisposable
{
    private const int Closed = int.MinValue;
    private readonly SecretBytes _secret;
    private int _state;

    private MixKey(uint epoch, SecretBytes secret, long replayCapacity, IRandomSource random)
    {
        Epoch = epoch;
        _secret = secret;
        Span<byte> publicKey = stackalloc byte[X25519.KeyBytes];
        X25519.DerivePublic(secret.Span, publicKey);
        Public = MixPublicKey.FromBytes(publicKey);
        ReplayFilter = new ReplayFilter(replayCapacity, random);
    }

    /// <summary>The epoch it is published for.</summary>
    public uint Epoch { get; }

    /// <summary>The published half; stays readable after the key is destroyed.</summary>
    public MixPublicKey Public { get; }

    /// <summary>The tags seen under this key. Use it only between <see cref="TryAcquire"/> and <see cref="Release"/>.</summary>
    public ReplayFilter ReplayFilter { get; }

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed => Volatile.Read(ref _state) < 0;

    internal ReadOnlySpan<byte> Secret => _secret.Span;

    /// <summary>Draws a new key.</summary>
    /// <param name="epoch">The epoch it is for.</param>
    /// <param name="replayCapacity">Tags its filter has room for; see <see cref="Sphinx.ReplayFilter"/>.</param>
    /// <param name="random">Gives the secret (32 bytes), then the filter's hash key (16).</param>
    /// <returns>The key, owned by the caller.</returns>
    public static MixKey Generate(uint epoch, long replayCapacity, IRandomSource random) =>
        new(epoch, SecretBytes.Random(X25519.KeyBytes, random), replayCapacity, random);

    /// <summary>Makes a key of a given secret: for tests and vectors; a node never reads a mix key from anywhere.</summary>
    /// <param name="epoch">The epoch it is for.</param>
    /// <param name="secret">32 bytes, copied.</param>
    /// <param name="replayCapacity">Tags its filter has room for.</param>
    /// <param name="random">Gives the filter's hash key (16 bytes).</param>
    /// <returns>The key, owned by the caller.</returns>
    public static MixKey FromSecret(uint epoch, ReadOnlySpan<byte> secret, long replayCapacity, IRandomSource random) =>
        new(epoch, SecretBytes.CopyOf(secret), replayCapacity, random);

    /// <summary>Becomes a user of the key.</summary>
    /// <returns><see langword="false"/> once it is disposed; then there is nothing to release.</returns>
    public bool TryAcquire()
    {
        var state = Volatile.Read(ref _state);
        while (state >= 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>Stops being a user; exactly once for each successful <see cref="TryAcquire"/>.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _state) == Closed)
        {
            Destroy();
        }
    }

    /// <summary>Refuses new users, and destroys secret and filter as soon as there are none. May be called again.</summary>
    public void Dispose()
    {
        if (Interlocked.Or(ref _state, Closed) == 0)
        {
            Destroy();
        }
    }

    private void Destroy()
    {
        _secret.Dispose();
        ReplayFilter.Dispose();
    }
}
