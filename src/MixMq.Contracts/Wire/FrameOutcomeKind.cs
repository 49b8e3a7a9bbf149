namespace MixMq.Contracts.Wire;

/// <summary>What reading one length-prefixed message came to.</summary>
internal enum FrameOutcomeKind
{
    /// <summary>A whole message.</summary>
    Message,

    /// <summary>The stream ended between two messages.</summary>
    End,

    /// <summary>The peer broke the protocol or a limit; nothing more can be read.</summary>
    Fault,
}
