using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Transport.Workers;

/// <summary>Unwraps one packet for the overlay core. Owns it until the answer is posted.</summary>
internal sealed class UnwrapWork(OverlayShell shell, NetworkDefinition network, PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) : IWorkItem
{
    public void Execute() => shell.Unwrap(packet, network, candidates.Span);
}
