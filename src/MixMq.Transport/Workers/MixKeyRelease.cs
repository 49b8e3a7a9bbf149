using MixMq.Sphinx;

namespace MixMq.Transport.Workers;

/// <summary>Destroys a mix key whose time has passed, with its replay filter, unless a worker is still using it.</summary>
internal sealed class MixKeyRelease(MixKey key) : IWorkItem
{
    public void Execute() => key.Release();
}
