namespace MixMq.Sphinx;

/// <summary>The domain labels of the packet format; the registry of all labels is in spec/02.</summary>
public static class SphinxLabels
{
    /// <summary>Before the network parameters, hashed with SHA-256 to the network id.</summary>
    public static ReadOnlySpan<byte> Network => "MixMq-network-v1"u8;

    /// <summary>The keys of one hop.</summary>
    public static ReadOnlySpan<byte> Hop => "MixMq-Sphinx-v1 hop\0"u8;

    /// <summary>The key whose keystream is lane A of a reply.</summary>
    public static ReadOnlySpan<byte> SurbBody => "MixMq-Sphinx-v1 surb body\0"u8;

    /// <summary>The key of a reply's message.</summary>
    public static ReadOnlySpan<byte> SurbReply => "MixMq-Sphinx-v1 surb reply\0"u8;

    /// <summary>The sender's ephemeral scalar.</summary>
    public static ReadOnlySpan<byte> Ephemeral => "MixMq-Sphinx-v1 x\0"u8;
}
