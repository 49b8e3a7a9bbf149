namespace MixMq.Cli.Setup;

/// <summary>Which executable a configuration is for.</summary>
internal enum ConfigurationKind
{
    /// <summary>An endpoint node.</summary>
    Node,

    /// <summary>A relay in a DMZ.</summary>
    Float,
}
