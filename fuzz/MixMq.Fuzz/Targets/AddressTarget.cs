using System.Text;
using MixMq.Crypto;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// An address as an operator types it. Where the first byte is odd, the checksum is made right again after the fuzzer's changes, or nothing
/// behind it would ever be reached.
/// </summary>
internal sealed class AddressTarget : FuzzTarget
{
    private const int ChecksumCharacters = 6;

    public override string Name => "address-text";

    public override IReadOnlyList<string> Parsers =>
        ["MixMq.Sphinx.Bech32m::", "MixMq.Sphinx.NodeAddress::Try", "MixMq.Sphinx.AddressErrorExtensions::", "MixMq.Crypto.PublicPoint::IsEdwardsPoint", "MixMq.Crypto.PublicPoint::IsSquare"];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            var text = SmallNetwork.AddressOfSeed(1).ToString();
            yield return ("address", [0, .. Encoding.UTF8.GetBytes(text)]);
            yield return ("upper-case", [0, .. Encoding.UTF8.GetBytes(text.ToUpperInvariant())]);
            var offCurve = Enumerable.Range(0, 200).Select(i => SmallNetwork.Address((byte)i)).First(address => !Ed25519.IsValidPublicKey(address.ToArray()));
            yield return ("off-the-curve", [0, .. Encoding.UTF8.GetBytes(offCurve.ToString())]);
            yield return ("not-canonical", [0, .. Encoding.UTF8.GetBytes(NodeAddress.FromBytes([.. Enumerable.Repeat(byte.MaxValue, 32)]).ToString())]);
            yield return ("small-order", [0, .. Encoding.UTF8.GetBytes(NodeAddress.FromBytes([1, .. new byte[31]]).ToString())]);
            yield return ("repaired", [1, .. Encoding.UTF8.GetBytes(text)]);
        }
    }

    public override bool Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return NodeAddress.TryParse(null, out _, out _);
        }

        var text = Encoding.UTF8.GetString(input[1..]);
        if (input[0] % 2 == 1)
        {
            text = Repair(text);
        }

        var taken = NodeAddress.TryParse(text, out var address, out var error);
        InvariantException.Require(taken == (error == AddressError.None), "An address that is taken has no error.");
        if (!taken)
        {
            InvariantException.Require(address == default && error.Describe().Length > 0, "A refusal says why and gives no address.");
            return false;
        }

        InvariantException.Require(string.Equals(address.ToString(), text, StringComparison.OrdinalIgnoreCase), "An address has one text.");
        InvariantException.Require(NodeAddress.TryFromBytes(address.ToArray(), out var again) && again == address, "A taken address is a key.");
        return true;
    }

    private static string Repair(string text)
    {
        if (text.Length != NodeAddress.TextLength)
        {
            return text;
        }

        var groups = new byte[text.Length - "mix1".Length];
        for (var i = 0; i < groups.Length - ChecksumCharacters; i++)
        {
            groups[i] = (byte)Math.Max(0, Bech32m.Alphabet.IndexOf(char.ToLowerInvariant(text["mix1".Length + i]), StringComparison.Ordinal));
        }

        var checksum = Bech32m.Polymod("mix", groups) ^ Bech32m.Constant;
        var repaired = new StringBuilder(text[..^ChecksumCharacters]);
        for (var i = ChecksumCharacters - 1; i >= 0; i--)
        {
            repaired.Append(Bech32m.Alphabet[(int)((checksum >> (5 * i)) & 31)]);
        }

        return repaired.ToString();
    }
}
