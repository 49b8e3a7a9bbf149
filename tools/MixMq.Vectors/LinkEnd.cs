using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Vectors;

/// <summary>One end of a link, and the handshake messages that it writes: byte by byte from the specification, not by the code under test.</summary>
internal sealed class LinkEnd
{
    public const byte Initiator = 1;
    public const byte Acceptor = 2;
    public static readonly byte[] Binding = Material.Draw("channel binding", 48);
    private readonly string _name;

    public LinkEnd(string name, byte role)
    {
        _name = name;
        Role = role;
        Seed = Material.Draw($"identity {name}", Ed25519.SeedBytes);
        Address = new byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(Seed, Address);
        Nonce = Material.Draw($"nonce {name}", 32);
        Certificate = SHA256.HashData(Material.Draw($"certificate {name}", 100));
    }

    public byte Role { get; }

    public byte[] Seed { get; }

    public byte[] Address { get; }

    public byte[] Nonce { get; init; }

    /// <summary>SHA-256 of what stands for the leaf certificate's DER.</summary>
    public byte[] Certificate { get; }

    public byte[] Open(byte lowest = 1, byte highest = 1, byte? role = null, NetworkDefinition? network = null) =>
        [1, lowest, highest, .. (network ?? Material.Small).Id, .. Address, role ?? Role, .. Nonce];

    /// <summary>The signed LINK-AUTH of this end towards the other one.</summary>
    public byte[] Auth(LinkEnd other) => Auth(other, Sign(Signed(other)));

    public byte[] Auth(LinkEnd other, byte[] signature) => [2, .. Hashes(other), .. signature];

    public byte[] Hashes(LinkEnd other)
    {
        var (first, second) = Role == Initiator ? (this, other) : (other, this);
        return [.. SHA256.HashData(Binding), .. first.Certificate, .. second.Certificate];
    }

    /// <summary>What is signed; with other parts than the right ones where a fault asks for them.</summary>
    public byte[] Signed(LinkEnd other, string label = "MixMq-link-auth-v1", byte? role = null, byte[]? initiatorsOpen = null, byte[]? acceptorsOpen = null)
    {
        var (first, second) = Role == Initiator ? (this, other) : (other, this);
        return
        [
            .. label.Select(character => (byte)character), role ?? Role, .. initiatorsOpen ?? first.Open(), .. acceptorsOpen ?? second.Open(), .. Hashes(other),
        ];
    }

    public byte[] Sign(byte[] message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(Seed, message, signature);
        return signature;
    }

    public JsonObject ToJson(bool own)
    {
        var json = new JsonObject { ["name"] = _name, ["address"] = Material.Hex(Address), ["certificate_sha256"] = Material.Hex(Certificate) };
        if (own)
        {
            json["seed"] = Material.Hex(Seed);
            json["nonce"] = Material.Hex(Nonce);
        }

        return json;
    }
}
