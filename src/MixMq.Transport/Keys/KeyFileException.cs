namespace MixMq.Transport.Keys;

/// <summary>A key file can't be used. The message is a sentence for the operator and holds no key material.</summary>
public sealed class KeyFileException : Exception
{
    /// <summary>Makes the exception.</summary>
    public KeyFileException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public KeyFileException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Of a key in a token: what is wrong with it, one of a few fixed words such as <c>wrong-pin</c>; else empty.</summary>
    public string Code { get; init; } = "";
}
