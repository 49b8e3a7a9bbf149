using System.Diagnostics.CodeAnalysis;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <summary>
/// LINK-OPEN, 100 bytes, the same layout in every version (spec/04-links.md):
/// <code>
/// | offset | bytes | field                        |
/// | 0      | 1     | kind = 1                     |
/// | 1      | 1     | lowest version               |
/// | 2      | 1     | highest version              |
/// | 3      | 32    | network id                   |
/// | 35     | 32    | address                      |
/// | 67     | 1     | role, 1 initiator 2 acceptor |
/// | 68     | 32    | nonce                        |
/// </code>
/// </summary>
internal sealed class LinkOpen
{
    public const int ByteLength = 3 + NetworkDefinition.IdBytes + NodeAddress.ByteLength + 1 + LinkProtocol.NonceBytes;
    private const int NetworkOffset = 3;
    private const int AddressOffset = NetworkOffset + NetworkDefinition.IdBytes;
    private const int RoleOffset = AddressOffset + NodeAddress.ByteLength;
    private const int NonceOffset = RoleOffset + 1;
    private readonly byte[] _bytes;

    private LinkOpen(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public byte MinimumVersion => _bytes[1];

    public byte MaximumVersion => _bytes[2];

    public ReadOnlySpan<byte> NetworkId => _bytes.AsSpan(NetworkOffset, NetworkDefinition.IdBytes);

    public NodeAddress Address => NodeAddress.FromBytes(_bytes.AsSpan(AddressOffset, NodeAddress.ByteLength));

    public LinkRole Role => (LinkRole)_bytes[RoleOffset];

    public static LinkOpen Create(NetworkDefinition network, NodeAddress own, LinkRole role, ReadOnlySpan<byte> nonce)
    {
        var bytes = new byte[ByteLength];
        bytes[0] = (byte)ControlKind.Open;
        bytes[1] = LinkProtocol.MinimumVersion;
        bytes[2] = LinkProtocol.MaximumVersion;
        network.Id.CopyTo(bytes.AsSpan(NetworkOffset));
        own.CopyTo(bytes.AsSpan(AddressOffset));
        bytes[RoleOffset] = (byte)role;
        nonce.CopyTo(bytes.AsSpan(NonceOffset, LinkProtocol.NonceBytes));
        return new LinkOpen(bytes);
    }

    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out LinkOpen? open)
    {
        open = null;
        if (content.Length != ByteLength || content[0] != (byte)ControlKind.Open || content[1] > content[2] ||
            content[RoleOffset] is not ((byte)LinkRole.Initiator or (byte)LinkRole.Acceptor))
        {
            return false;
        }

        open = new LinkOpen(content.ToArray());
        return true;
    }
}
