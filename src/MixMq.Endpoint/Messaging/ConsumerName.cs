using System.Text;

namespace MixMq.Endpoint.Messaging;

/// <summary>Names of consumers: what an application calls one of its parts that take messages from the inbox.</summary>
public static class ConsumerName
{
    /// <summary>Greatest name, bytes of UTF-8.</summary>
    public const int MaxBytes = 64;

    /// <summary>Whether a text can be a consumer's name: not empty, not too long, no control characters, well-formed.</summary>
    public static bool IsValid(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxBytes)
        {
            return false;
        }

        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return Encoding.UTF8.GetByteCount(name) <= MaxBytes;
    }
}
