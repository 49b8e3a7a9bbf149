namespace MixMq.Transport.Workers;

/// <summary>A piece of public-key work. It carries its own way to hand the result on.</summary>
public interface IWorkItem
{
    /// <summary>
    /// Does the work and hands the result on. Runs once, on one of the worker threads; must not wait for another work item
    /// and must not throw (what it throws is logged by type and lost).
    /// </summary>
    void Execute();
}
