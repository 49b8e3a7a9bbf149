namespace MixMq.Overlay.Links;

/// <summary>The first byte of every cell on a link. All cells have one size, so an observer of the TLS stream can't tell them apart.</summary>
public enum CellType : byte
{
    /// <summary>Says nothing; dropped on arrival.</summary>
    Padding = 0,

    /// <summary>The body is one packet.</summary>
    Packet = 1,

    /// <summary>Liveness: one HELLO.</summary>
    Hello = 2,

    /// <summary>A piece of a topology message.</summary>
    Topology = 3,

    /// <summary>Handshake, goodbye, and what the inside hands over.</summary>
    Control = 4,
}
