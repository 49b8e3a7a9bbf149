namespace MixMq.Contracts.Wire;

/// <summary>What one call may take. Checked before anything is read or allocated for it.</summary>
public static class GrpcLimits
{
    /// <summary>The content of a message: 4 MiB. Checked by the node, not by the wire.</summary>
    public const int MaxContentBytes = 4 * 1024 * 1024;

    /// <summary>A message on the wire: the content and 64 KiB for all fields around it.</summary>
    public const int MaxMessageBytes = MaxContentBytes + (64 * 1024);

    /// <summary>A status message before percent-encoding: 1 KiB of UTF-8, so at most 3 KiB of trailer. Longer ones are cut.</summary>
    public const int MaxStatusMessageBytes = 1024;
}
