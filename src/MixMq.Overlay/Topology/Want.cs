namespace MixMq.Overlay.Topology;

/// <summary>A record that a neighbour has announced and that is to be fetched.</summary>
internal sealed class Want(Announcement announced)
{
    /// <summary>The same for everything it announces under it.</summary>
    public WantedKey Key => new(Announced);

    /// <summary>What it announced last under this key.</summary>
    public Announcement Announced { get; set; } = announced;

    public WantState State { get; set; }
}
