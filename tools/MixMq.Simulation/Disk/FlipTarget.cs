namespace MixMq.Simulation.Disk;

/// <summary>In which kind of row a bit is flipped. The real store has no checksums, so a flip in a blob is read as if it had been written.</summary>
public enum FlipTarget
{
    OutboxContent,
    OutboxEnvelope,
    FragmentContent,
    PartialEnvelope,
    InboxContent,
}
