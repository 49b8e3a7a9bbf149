using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <summary>What the maker of a SURB keeps to open the reply by it, once.</summary>
public abstract class ReplyOpener : IDisposable
{
    /// <summary>As the reply says it.</summary>
    public abstract SurbId Id { get; }

    /// <summary>As <see cref="SurbState.TryOpen"/>.</summary>
    public abstract bool TryOpen(Span<byte> laneB, out ReadOnlySpan<byte> message);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
