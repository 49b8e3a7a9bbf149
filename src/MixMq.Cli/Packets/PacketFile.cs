using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MixMq.Cli.Packets;

/// <summary>Files of the laboratory: read with a limit, and never a private key, neither read nor overwritten.</summary>
internal static class PacketFile
{
    /// <summary>More than the greatest packet of any network, 132,903 bytes.</summary>
    public const int MaxBinaryBytes = 1 << 18;

    /// <summary>More than the greatest request in hexadecimal.</summary>
    public const int MaxJsonBytes = 1 << 20;

    private static readonly SearchValues<byte> HexadecimalText = SearchValues.Create("0123456789abcdefABCDEF \r\n"u8);
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens a file for reading from its start, after a look for a private key.</summary>
    public static FileStream Open(string path, string option)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.CanSeek)
            {
                RefuseKey(stream, path, option);
                stream.Position = 0;
            }

            return stream;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw PacketRefusal.Request($"{option}: the file can't be read: {failure.Message}");
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of a packet, a SURB or a lane.</summary>
    public static byte[] ReadBinary(string path, string option)
    {
        var bytes = Read(path, option, MaxBinaryBytes);
        if (bytes.Length > 0 && !bytes.AsSpan().ContainsAnyExcept(HexadecimalText))
            throw PacketRefusal.Request($"{option}: {path} holds hexadecimal digits; the bytes themselves are expected, as `xxd -r -p` makes them.");
        return bytes;
    }

    public static JsonElement ReadJson(string path, string option)
    {
        var content = Read(path, option, MaxJsonBytes);
        try
        {
            return RequestObject.Parse(content);
        }
        catch (PacketRefusal refusal)
        {
            throw PacketRefusal.Request($"{option} {path}: {refusal.Message}", refusal.Reason);
        }
    }

    public static byte[] Read(string path, string option, int limit)
    {
        using var stream = Open(path, option);
        var content = new byte[limit + 1];
        var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (length > limit)
            throw PacketRefusal.Request($"{option}: {path} has more than {limit} bytes, the most that is read here.");
        if (ForeignKey.IsPrivateKey(content.AsSpan(0, length)))
            throw Refusal(path, option, content);
        return content[..length];
    }

    /// <summary>Writes a result; what is there is replaced, unless it is a private key.</summary>
    public static void Write(string path, string option, ReadOnlySpan<byte> bytes, bool secret = false)
    {
        if (File.Exists(path))
        {
            using var there = Open(path, option);
        }

        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
            if (secret)
                options.UnixCreateMode = OwnerOnly;
            using var file = new FileStream(path, options);
            file.Write(bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Failure($"{option}: the file can't be written: {failure.Message}", failure);
        }
    }

    public static void WriteJson(string path, string option, JsonObject json) =>
        Write(path, option, Encoding.UTF8.GetBytes(json.ToJsonString(Setup.ConfigurationFile.Readable) + "\n"), secret: true);

    private static void RefuseKey(FileStream stream, string path, string option)
    {
        var start = new byte[1 << 16];
        var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (ForeignKey.IsPrivateKey(start.AsSpan(0, length)))
            throw Refusal(path, option, start);
        CryptographicOperations.ZeroMemory(start);
    }

    private static PacketRefusal Refusal(string path, string option, byte[] content)
    {
        CryptographicOperations.ZeroMemory(content);
        return PacketRefusal.Request(
            $"{option}: {path} holds a private key. `mixmq packet` works on test secrets and prints what it is given, so it takes no key files, a node's least of all.");
    }
}
