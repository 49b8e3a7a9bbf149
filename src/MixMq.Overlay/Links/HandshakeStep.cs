using System.Runtime.InteropServices;

namespace MixMq.Overlay.Links;

/// <summary>What a handshake wants done after one input, in the order of the fields; null and false: nothing.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HandshakeStep
{
    public byte[]? Send { get; init; }

    public byte[]? Sign { get; init; }

    public byte[]? Verify { get; init; }

    public byte[]? Signature { get; init; }

    public bool Established { get; init; }

    public LinkRefusal? Refusal { get; init; }
}
