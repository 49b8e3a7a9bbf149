namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>What a port answers to somebody who connects.</summary>
internal enum PortState
{
    /// <summary>It accepts.</summary>
    Open,

    /// <summary>The machine says at once that nobody listens.</summary>
    Refused,

    /// <summary>Nothing came back: something between drops it.</summary>
    Silent,
}
