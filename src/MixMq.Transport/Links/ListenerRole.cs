namespace MixMq.Transport.Links;

/// <summary>For whom a listener is.</summary>
internal enum ListenerRole
{
    /// <summary>For peers outside; for all where there is no inner one.</summary>
    Public,

    /// <summary>For peers of the inside alone.</summary>
    Inner,
}
