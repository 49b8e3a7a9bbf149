namespace MixMq.Overlay.Links;

/// <summary>How far the own dialling of a peer is.</summary>
internal enum DialState
{
    /// <summary>Not wanted now.</summary>
    None,

    /// <summary>Wanted at a time.</summary>
    Waiting,

    /// <summary>The shell is at it.</summary>
    Dialling,

    /// <summary>A connection that was dialled is there, in handshake or established.</summary>
    Connected,
}
