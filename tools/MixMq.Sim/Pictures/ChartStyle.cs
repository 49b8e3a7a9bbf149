namespace MixMq.Sim.Pictures;

/// <summary>How a series is drawn.</summary>
public enum ChartStyle
{
    /// <summary>Straight from point to point.</summary>
    Line,

    /// <summary>The same, dashed: for what theory expects.</summary>
    Dashed,

    /// <summary>Each value holds until the next point.</summary>
    Steps,

    /// <summary>Each value fills the area down to the axis until the next point.</summary>
    Bars,
}
