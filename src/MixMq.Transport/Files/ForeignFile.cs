using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MixMq.Transport.Files;

/// <summary>
/// Reads a file that another program keeps, which may be in anybody's hands by now: no link is followed, nothing but a regular file is read, and no more than was asked for. (.NET takes the
/// length of a link for that of its target, and opening a pipe waits for a writer.)
/// </summary>
internal static class ForeignFile
{
    /// <summary>Its text in UTF-8; null: it isn't there, isn't a regular file, can't be read, or is longer.</summary>
    internal static string? TryReadText(string path, int maxBytes)
    {
        var descriptor = LibC.Open(path, LibC.ReadOnlyRegular);
        if (descriptor < 0)
        {
            return null;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (!file.CanSeek || file.Length > maxBytes)
            {
                return null;
            }

            // It may grow meanwhile.
            var bytes = new byte[file.Length];
            return Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
