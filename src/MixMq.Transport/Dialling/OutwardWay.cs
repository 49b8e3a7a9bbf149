namespace MixMq.Transport.Dialling;

/// <summary>How a node reaches peers that it dials.</summary>
public enum OutwardWay
{
    /// <summary>By itself.</summary>
    Direct,

    /// <summary>Through a SOCKS5 proxy (RFC 1928), with user and password (RFC 1929) where they are configured.</summary>
    Socks5,

    /// <summary>Through an HTTP proxy's CONNECT (RFC 9110 section 9.3.6), with Basic credentials (RFC 7617) where they are configured.</summary>
    HttpConnect,

    /// <summary>Not at all: peers dial it.</summary>
    AcceptOnly,
}
