using System.Globalization;
using System.Security.Cryptography;

namespace MixMq.Transport.Keys;

/// <summary>Reads and creates files that hold private keys; none may be open to anyone but its owner.</summary>
internal static class KeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MaxBytes = 64 * 1024;

    /// <summary>The file's bytes. The caller clears them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isCredential">The service manager has put it into a folder of this service alone, and lets the service read it by a list that looks like the group's right.</param>
    /// <exception cref="KeyFileException">It is missing, unreadable, too large or its mode is wider than 0600.</exception>
    internal static byte[] Read(string path, bool isCredential = false)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

            // Asked of the open handle, so that what is checked is what is read.
            var mode = File.GetUnixFileMode(file.SafeFileHandle);
            if ((mode & ~(isCredential ? OwnerOnly | UnixFileMode.GroupRead : OwnerOnly)) != UnixFileMode.None)
            {
                var octal = Convert.ToString((int)mode, 8).PadLeft(4, '0');
                throw new KeyFileException(
                    $"key file '{path}' has mode {octal}, which lets others than its owner use it; run: chmod 600 '{path}' (and make a new key if others could read it)");
            }

            if (file.Length > MaxBytes)
            {
                throw new KeyFileException(string.Create(CultureInfo.InvariantCulture, $"key file '{path}' is larger than {MaxBytes} bytes; it is no key file"));
            }

            var content = GC.AllocateUninitializedArray<byte>((int)file.Length, pinned: true);
            file.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KeyFileException($"key file '{path}' does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"key file '{path}' can't be read; it must belong to the user that runs this program", e);
        }
    }

    /// <summary>Creates the file with mode 0600; never overwrites.</summary>
    /// <exception cref="KeyFileException">It exists already or can't be written.</exception>
    internal static void Create(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = OwnerOnly,
            });
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = File.Exists(path) ? "exists already and is never overwritten" : "can't be written";
            throw new KeyFileException($"key file '{path}' {reason}", e);
        }
    }

    internal static void Clear(byte[] content) => CryptographicOperations.ZeroMemory(content);
}
