using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Crypto;

namespace MixMq.Vectors;

/// <summary>What a network's authorities sign (spec/08, section 2), written byte by byte from the specification.</summary>
internal static class StatementVectors
{
    private const ulong NotAfter = 1_900_000_000_000;

    // SHA-256 over label, length of the name, hops, body, reply, and the name (03, section 3).
    private static readonly byte[] NetworkId = SHA256.HashData(
        [.. "MixMq-network-v1"u8, .. U16(7), .. U16(10), .. U16(2048), .. U16(512), .. "vectors"u8]);

    private static readonly byte[][] Seeds = [.. Enumerable.Range(1, 3).Select(i => Enumerable.Repeat((byte)i, Ed25519.SeedBytes).ToArray()).OrderBy(seed => Convert.ToHexString(Public(seed)), StringComparer.Ordinal)];

    private static readonly byte[] NodeSeed = [.. Enumerable.Repeat((byte)9, Ed25519.SeedBytes)];

    private static readonly byte[] OtherSeed = [.. Enumerable.Repeat((byte)8, Ed25519.SeedBytes)];

    private static readonly byte[] Node = Public(NodeSeed);

    private static readonly byte[] OtherNode = Public(OtherSeed);

    public static IEnumerable<Vector> All() =>
    [
        Good("parameters", "MixMq-parameters-v1", Parameters(), 2),
        Good("parameters-unsigned", "MixMq-parameters-v1", Parameters(), 0),
        Good("certificate", "MixMq-admission-v1", Certificate("Bank Ä"u8), 2),
        Good("revocations", "MixMq-revocations-v1", Revocations(Ascending(Node, OtherNode)), 3),
        Good("revocations-of-nobody", "MixMq-revocations-v1", Revocations(), 2),
        Good("map-entry", "MixMq-map-entry-v1", MapEntry("CN=Bank Ä+OU=Zahlungen,O=Sue\\, Grabbit,C=DE", Ascending(Node, OtherNode)), 2),
        Good("map-entry-of-no-address", "MixMq-map-entry-v1", MapEntry("CN=Банк,C=RU"), 2),
        Forged("map-entry-signed-as-certificate", "MixMq-admission-v1", MapEntry("CN=A", Node)),
        Good("succession", "MixMq-succession-v1", Succession(), [NodeSeed, OtherSeed, Seeds[0]]),
        Good("succession-in-an-emergency", "MixMq-succession-v1", Succession(flags: 1), [OtherSeed, Seeds[0], Seeds[1]]),
        Forged("succession-signed-as-map-entry", "MixMq-map-entry-v1", Succession()),
        Bad("succession-number-zero", "ADM-1", "InvalidNumber", [.. Succession(number: 0), 0]),
        Bad("succession-time-too-great", "ADM-1", "InvalidTimes", [.. Succession(notBefore: 1UL << 62), 0]),
        Bad("succession-unknown-flag", "ADM-1", "InvalidFlags", [.. Succession(flags: 2), 0]),
        Bad("succession-of-itself", "ADM-1", "InvalidAddresses", [1, 5, .. U64(1), .. U64(0), 0, .. Node, .. Node, 0]),
        Bad("succession-cut-off", "ADM-1", "Truncated", Succession()[..^1]),
        Bad("succession-goes-on", "ADM-1", "TrailingBytes", [.. Succession(), 0, 0]),
        Bad("succession-too-many-signatures", "ADM-2", "InvalidSignatures", [.. Succession(), 33]),
        Bad("map-number-zero", "ADM-1", "InvalidNumber", [1, 4, .. U64(0), .. U64(1), 0, .. U16(4), .. "CN=A"u8, 0]),
        Bad("map-time-zero", "ADM-1", "InvalidTimes", [1, 4, .. U64(1), .. U64(0), 0, .. U16(4), .. "CN=A"u8, 0]),
        Bad("map-too-many-addresses", "ADM-1", "InvalidAddresses", [1, 4, .. U64(1), .. U64(1), 9]),
        Bad("map-addresses-descend", "ADM-1", "InvalidAddresses", [.. MapEntry("CN=A", [.. Ascending(Node, OtherNode).Reverse()]), 0]),
        Bad("map-name-too-long", "ADM-18", "InvalidName", [1, 4, .. U64(1), .. U64(1), 0, .. U16(513)]),
        Bad("map-name-empty", "ADM-18", "InvalidName", [.. MapEntry(""), 0]),
        Bad("map-name-keyword-lower-case", "ADM-18", "InvalidName", [.. MapEntry("cn=A"), 0]),
        Bad("map-name-space-after-comma", "ADM-18", "InvalidName", [.. MapEntry("CN=A, C=DE"), 0]),
        Bad("map-name-double-space", "ADM-18", "InvalidName", [.. MapEntry("CN=A  B"), 0]),
        Bad("map-name-needless-escape", "ADM-18", "InvalidName", [.. MapEntry("CN=A\\=B"), 0]),
        Bad("map-name-attributes-out-of-order", "ADM-18", "InvalidName", [.. MapEntry("OU=B+CN=A"), 0]),
        Bad("map-name-unknown-type", "ADM-18", "InvalidName", [.. MapEntry("FAX=1"), 0]),
        Bad("map-name-letter-in-pieces", "ADM-18", "InvalidName", [.. MapEntry("CN=A\u0308"), 0]),
        Bad("map-name-fullwidth", "ADM-18", "InvalidName", [.. MapEntry("CN=\uff21"), 0]),
        Bad("map-name-turned-round", "ADM-18", "InvalidName", [.. MapEntry("CN=A\u202eB"), 0]),
        Forged("signature-of-another-label", "MixMq-parameters-v1", Certificate("Bank A"u8)),
        Bad("empty", "ADM-1", "Truncated", []),
        Bad("wrong-version", "ADM-1", "UnknownVersion", [2, .. Signed("MixMq-admission-v1", Certificate("A"u8), 1)[1..]]),
        Bad("unknown-kind", "ADM-1", "UnknownKind", [1, 9, 0]),
        Bad("cut-off", "ADM-1", "Truncated", Signed("MixMq-admission-v1", Certificate("A"u8), 1)[..^1]),
        Bad("goes-on", "ADM-1", "TrailingBytes", [.. Signed("MixMq-admission-v1", Certificate("A"u8), 1), 0]),
        Bad("signers-descend", "ADM-1", "InvalidSignatures", SignedBy("MixMq-admission-v1", Certificate("A"u8), [Seeds[1], Seeds[0]])),
        Bad("signer-twice", "ADM-1", "InvalidSignatures", SignedBy("MixMq-admission-v1", Certificate("A"u8), [Seeds[1], Seeds[1]])),
        Bad("too-many-signatures", "ADM-2", "InvalidSignatures", [.. Certificate("A"u8), 33]),
        Bad("institution-empty", "ADM-1", "InvalidText", [.. Certificate([]), 0]),
        Bad("institution-control-character", "ADM-1", "InvalidText", [.. Certificate("A\n"u8), 0]),
        Bad("institution-not-utf8", "ADM-1", "InvalidText", [.. Certificate([0xff]), 0]),
        Bad("no-role", "ADM-1", "InvalidFlags", [.. Certificate("A"u8, roles: 0), 0]),
        Bad("unknown-role", "ADM-1", "InvalidFlags", [.. Certificate("A"u8, roles: 5), 0]),
        Bad("revoked-descend", "ADM-1", "InvalidRevocations", [.. Revocations([.. Ascending(Node, OtherNode).Reverse()]), 0]),
        Bad("number-zero", "ADM-1", "InvalidNumber", [1, 2, .. U64(0), .. U64(1), .. U16(0), 0]),
        Bad("number-too-great", "ADM-1", "InvalidNumber", [1, 2, .. U64(1UL << 63), .. U64(1), .. U16(0), 0]),
        Bad("too-many-revoked", "ADM-2", "InvalidRevocations", [1, 2, .. U64(1), .. U64(1), .. U16(257)]),
        Bad("unknown-flag", "ADM-1", "InvalidFlags", [.. Parameters(flags: 2), 0]),
        Bad("path-too-long", "ADM-1", "InvalidParameters", [.. Parameters(links: 10), 0]),
        Bad("epoch-too-short", "ADM-1", "InvalidParameters", [.. Parameters(epoch: 60), 0]),
        Bad("threshold-zero", "ADM-1", "InvalidAuthorities", [.. Parameters(threshold: 0), 0]),
        Bad("threshold-above-authorities", "ADM-1", "InvalidAuthorities", [.. Parameters(threshold: 4), 0]),
    ];

    private static byte[] Parameters(byte flags = 1, byte links = 5, uint epoch = 3600, byte threshold = 2) =>
    [
        1, 1, .. U64(7), .. U64(1_800_000_000_000), flags,
        7, .. "vectors"u8, .. U16(10), .. U16(2048), .. U16(512), .. U32(60_000),
        .. U32(epoch), .. U32(120), .. U32(660), links, .. U16(16), .. U64(0),
        threshold, 3, .. Seeds.SelectMany(Public),
    ];

    private static byte[] Certificate(ReadOnlySpan<byte> institution, ushort roles = 1) =>
        [1, 3, .. Node, .. U16(roles), .. U64(NotAfter), (byte)institution.Length, .. institution];

    private static byte[] Revocations(params byte[][] addresses) =>
        [1, 2, .. U64(4), .. U64(1_800_000_000_000), .. U16((ushort)addresses.Length), .. addresses.SelectMany(address => (byte[])[.. address, .. U64(NotAfter)])];

    private static byte[] MapEntry(string name, params byte[][] addresses)
    {
        var text = Encoding.UTF8.GetBytes(name);
        return [1, 4, .. U64(7), .. U64(NotAfter), (byte)addresses.Length, .. addresses.SelectMany(address => address), .. U16((ushort)text.Length), .. text];
    }

    private static byte[] Succession(ulong number = 7, ulong notBefore = 1_800_000_000_000, byte flags = 0) =>
        [1, 5, .. U64(number), .. U64(notBefore), flags, .. Node, .. OtherNode];

    private static byte[][] Ascending(params byte[][] addresses) => [.. addresses.OrderBy(Convert.ToHexString, StringComparer.Ordinal)];

    private static byte[] Signed(string label, byte[] body, int signers) => SignedBy(label, body, Seeds[..signers]);

    private static byte[] SignedBy(string label, byte[] body, byte[][] seeds) => [.. body, (byte)seeds.Length, .. seeds.SelectMany(seed =>
    {
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(seed, Message(label, body), signature);
        return (byte[])[.. Public(seed), .. signature];
    })];

    private static byte[] Message(string label, byte[] body) => [.. Encoding.ASCII.GetBytes(label), .. NetworkId, .. body];

    private static Vector Good(string name, string label, byte[] body, int signers) => Good(name, label, body, Seeds[..signers]);

    private static Vector Good(string name, string label, byte[] body, byte[][] seeds) => GoodSigned(name, label, body, [.. seeds.OrderBy(seed => Convert.ToHexString(Public(seed)), StringComparer.Ordinal)]);

    private static Vector GoodSigned(string name, string label, byte[] body, byte[][] seeds) => Make("good", name, "ADM-3", SignedBy(label, body, seeds), new JsonObject
    {
        ["hash"] = Convert.ToHexStringLower(SHA256.HashData(Message(label, body))),
        ["signers"] = new JsonArray([.. seeds.Select(seed => JsonValue.Create(Convert.ToHexStringLower(Public(seed))))]),
        ["signatures_hold"] = true,
    });

    private static Vector Forged(string name, string label, byte[] body) =>
        Make("bad", name, "ADM-3", Signed(label, body, 1), new JsonObject { ["signatures_hold"] = false });

    private static Vector Bad(string name, string rule, string refused, byte[] statement) => Make("bad", name, rule, statement, new JsonObject { ["refused"] = refused });

    private static Vector Make(string kind, string name, string rule, byte[] statement, JsonObject expect) => new($"admission/{kind}/{name}.json", new JsonObject
    {
        ["rule"] = rule,
        ["network_id"] = Convert.ToHexStringLower(NetworkId),
        ["statement"] = Convert.ToHexStringLower(statement),
        ["expect"] = expect,
    });

    private static byte[] Public(byte[] seed)
    {
        var key = new byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(seed, key);
        return key;
    }

    private static byte[] U16(int value) => BitConverter.GetBytes((ushort)value);

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] U64(ulong value) => BitConverter.GetBytes(value);
}
