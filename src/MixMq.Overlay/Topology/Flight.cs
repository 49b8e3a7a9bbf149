namespace MixMq.Overlay.Topology;

/// <summary>A record that one neighbour is being asked for or that is being verified, and who else could be asked for it.</summary>
internal sealed class Flight
{
    /// <summary>Whether it has come and is being verified.</summary>
    public bool IsVerifying { get; set; }

    public List<(Neighbour Neighbour, Want Want)> Waiting { get; } = [];
}
