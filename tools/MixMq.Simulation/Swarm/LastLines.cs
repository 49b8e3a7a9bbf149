using System.Text;

namespace MixMq.Simulation.Swarm;

/// <summary>Keeps the last lines that were written.</summary>
internal sealed class LastLines(int most) : TextWriter
{
    private readonly Queue<string> _lines = new();

    public override Encoding Encoding => Encoding.UTF8;

    public IReadOnlyList<string> Lines => [.. _lines];

    public override void WriteLine(string? value)
    {
        if (_lines.Count == most)
        {
            _ = _lines.Dequeue();
        }

        _lines.Enqueue(value ?? "");
    }
}
