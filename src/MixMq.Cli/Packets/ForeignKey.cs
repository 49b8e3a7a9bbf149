namespace MixMq.Cli.Packets;

/// <summary>
/// Recognises files that hold somebody's private key. The laboratory prints what it is given, and its secrets are test secrets; a node's
/// identity or TLS key among them would be a mistake that can't be taken back.
/// </summary>
internal static class ForeignKey
{
    /// <summary>Whether bytes are a private key in one of the usual forms: PEM of any kind, PKCS#8, SEC 1 or PKCS#1 in DER, PKCS#12.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> content) => content.IndexOf("PRIVATE KEY-----"u8) >= 0 || IsDer(content);

    /// <summary>All of them are a SEQUENCE over the whole file that begins with a small INTEGER, the version. Packets, SURBs and JSON begin otherwise.</summary>
    private static bool IsDer(ReadOnlySpan<byte> content)
    {
        if (content.Length < 16 || content[0] != 0x30)
            return false;
        var lengthBytes = content[1] < 0x80 ? 0 : content[1] & 0x7f;
        if (lengthBytes > 3)
            return false;
        var length = lengthBytes == 0 ? content[1] : 0;
        foreach (var part in content.Slice(2, lengthBytes))
            length = (length << 8) | part;
        var inner = content[(2 + lengthBytes)..];
        return length == inner.Length && inner[..2].SequenceEqual((ReadOnlySpan<byte>)[0x02, 0x01]) && inner[2] <= 3;
    }
}
