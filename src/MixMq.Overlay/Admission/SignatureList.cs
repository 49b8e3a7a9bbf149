using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>The end of a statement: <c>count u8 | count x { key[32] | signature[64] }</c>, keys strictly ascending. Nothing is verified here.</summary>
internal static class SignatureList
{
    /// <summary>Checks the rest of a statement, which is to be its signatures and nothing more.</summary>
    public static StatementError Check(ref WireReader reader)
    {
        if (!reader.TryByte(out var count))
        {
            return StatementError.Truncated;
        }

        if (count > AdmissionLimits.MaxSignatures)
        {
            return StatementError.InvalidSignatures;
        }

        if (!reader.TryBytes(count * AdmissionLimits.SignatureBytes, out var list))
        {
            return StatementError.Truncated;
        }

        for (var i = 1; i < count; i++)
        {
            if (KeyBytes(list, i - 1).SequenceCompareTo(KeyBytes(list, i)) >= 0)
            {
                return StatementError.InvalidSignatures;
            }
        }

        return reader.Remaining == 0 ? StatementError.None : StatementError.TrailingBytes;
    }

    /// <summary>The key of a signature in a list without its count.</summary>
    public static NodeAddress Signer(ReadOnlySpan<byte> list, int index) => NodeAddress.FromBytes(KeyBytes(list, index));

    /// <summary>A signature in a list without its count.</summary>
    public static ReadOnlySpan<byte> Signature(ReadOnlySpan<byte> list, int index) =>
        list.Slice((index * AdmissionLimits.SignatureBytes) + NodeAddress.ByteLength, Ed25519.SignatureBytes);

    private static ReadOnlySpan<byte> KeyBytes(ReadOnlySpan<byte> list, int index) =>
        list.Slice(index * AdmissionLimits.SignatureBytes, NodeAddress.ByteLength);
}
