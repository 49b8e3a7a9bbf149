using System.Diagnostics;
using System.Globalization;

namespace MixMq.Bench.Processes;

/// <summary>
/// Which processors a process may use. What loads a relay and what measures it would otherwise take turns with it on a small machine: what such a run
/// shows of its latency is then the scheduler's.
/// </summary>
internal sealed record Placement
{
    private const string Tool = "/usr/bin/taskset";

    /// <summary>Wherever the system puts it.</summary>
    public static Placement Anywhere { get; } = new();

    /// <summary>Half of the processors for the side that is measured; 0 where there is one alone, or nothing that places processes.</summary>
    public static int Half => File.Exists(Tool) ? Environment.ProcessorCount / 2 : 0;

    private string? Processors { get; init; }

    /// <summary>The last processors of the machine for one side, all others for the other.</summary>
    /// <param name="count">How many the first side gets; 0: neither is placed.</param>
    public static (Placement Alone, Placement Others) Split(int count)
    {
        var all = Environment.ProcessorCount;
        if (count == 0)
            return (Anywhere, Anywhere);
        if (count >= all)
            throw new BenchException($"Of {all} processors the float can't have {count} for itself: at least one is for those that load it.");
        if (!File.Exists(Tool))
            throw new BenchException($"There is no {Tool}, which places processes (package util-linux). With --float-processors 0 it isn't needed.");
        return (Of(all - count, all - 1), Of(0, all - count - 1));
    }

    /// <summary>Has what is to be started start there; its process id stays its own.</summary>
    public ProcessStartInfo Apply(ProcessStartInfo start)
    {
        if (Processors is null)
            return start;
        string[] arguments = ["--cpu-list", Processors, start.FileName, .. start.ArgumentList];
        start.FileName = Tool;
        start.ArgumentList.Clear();
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    private static Placement Of(int first, int last) => new() { Processors = string.Create(CultureInfo.InvariantCulture, $"{first}-{last}") };
}
