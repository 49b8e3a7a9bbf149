namespace MixMq.Simulation.Time;

/// <summary>What an event happens to.</summary>
public interface IEventTarget
{
    /// <summary>The event's time has come.</summary>
    void Fire(in SimEvent what);
}
