namespace MixMq.Sphinx;

/// <summary>Why a geometry is not valid.</summary>
public enum GeometryError
{
    /// <summary>It is valid.</summary>
    None = 0,

    /// <summary>Hops are not 1 to 32.</summary>
    HopsOutOfRange,

    /// <summary>The body is not 64 to 65,531 bytes.</summary>
    BodyOutOfRange,

    /// <summary>The reply lane is not 64 bytes to the body's size.</summary>
    ReplyOutOfRange,
}
