namespace MixMq.Cli.Demo;

/// <summary>What goes wrong in the middle of the demo's traffic.</summary>
internal enum DemoFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>One of the first institution's two floats is killed and never comes back.</summary>
    KillFloat,

    /// <summary>One of the two relays is killed and never comes back.</summary>
    KillRelay,

    /// <summary>A receiving node is killed and started again.</summary>
    RestartRecipient,
}
