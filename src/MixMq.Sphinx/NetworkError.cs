namespace MixMq.Sphinx;

/// <summary>Why a network definition is not valid.</summary>
public enum NetworkError
{
    /// <summary>It is valid.</summary>
    None = 0,

    /// <summary>The name is empty.</summary>
    NameEmpty,

    /// <summary>The name has more than 255 bytes of UTF-8, or isn't valid Unicode.</summary>
    NameInvalid,

    /// <summary>The greatest delay is below zero or above one day.</summary>
    MaxDelayOutOfRange,
}
