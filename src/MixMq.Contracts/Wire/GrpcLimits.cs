namespace MixMq.Contracts.Wire;

/// <summary>What one call may take. Checked before anything is read or allocated for it.</summary>
public static class GrpcLimits
{
    /// <summary>The content of a message: 4 MiB. Checked by the node, not by the wire.</summary>
    public const int MaxContentBytes = 4 * 1024 * 1024;

    /// <summary>A message on the wire: the content and 64 KiB for all fields around it.</summary>
    public const int MaxMessageBytes = MaxContentBytes + (64 * 1024);

    /// <summary>A consumer's state: 16 MiB. Checked by the node, not by the wire.</summary>
    public const int MaxStateBytes = 16 * 1024 * 1024;

    /// <summary>A state on the wire: it and 64 KiB for the fields around it.</summary>
    public const int MaxStateMessageBytes = MaxStateBytes + (64 * 1024);

    /// <summary>A checkpoint on the wire: the state, as many bytes of contents of what is sent, and 1 MiB for all fields around them.</summary>
    public const int MaxCheckpointBytes = (2 * MaxStateBytes) + (1024 * 1024);

    /// <summary>A status message before percent-encoding: 1 KiB of UTF-8, so at most 3 KiB of trailer. Longer ones are cut.</summary>
    public const int MaxStatusMessageBytes = 1024;
}
