using System.Text;

namespace MixMq.Contracts.Wire;

/// <summary>The limits of a Unix domain socket's path. Source: unix(7), sun_path is 108 bytes with the closing zero.</summary>
internal static class UnixSocketPath
{
    public const int MaxBytes = 107;

    public static string Normalize(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetFullPath(path);
    }

    /// <summary>Why a full path can't be a socket's; null: it can.</summary>
    public static string? Refusal(string fullPath)
    {
        var bytes = Encoding.UTF8.GetByteCount(fullPath);
        return bytes <= MaxBytes
            ? null
            : $"The control socket's path is {bytes} bytes long and may have {MaxBytes}; configure a shorter one: {fullPath}";
    }
}
