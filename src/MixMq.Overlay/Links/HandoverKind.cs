namespace MixMq.Overlay.Links;

/// <summary>What a node of the inside hands over to its float (spec/04-links.md, section 8); the second byte of such a control cell's content.</summary>
public enum HandoverKind : byte
{
    /// <summary>The certificate that the float shows outside, with its private key.</summary>
    Certificate = 1,

    /// <summary>The revocation lists by which the float judges others' certificates.</summary>
    RevocationLists = 2,
}
