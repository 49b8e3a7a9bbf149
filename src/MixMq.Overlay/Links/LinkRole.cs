namespace MixMq.Overlay.Links;

/// <summary>Which end of a connection a node is. It is signed, so that a LINK-AUTH can't be sent back to its maker.</summary>
internal enum LinkRole : byte
{
    Initiator = 1,
    Acceptor = 2,
}
