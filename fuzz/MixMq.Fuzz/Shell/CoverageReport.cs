using System.Globalization;
using MixMq.Fuzz.Probes;

namespace MixMq.Fuzz.Shell;

/// <summary>Which of the edges that the weaver found are taken by a set of inputs. Only in a woven folder.</summary>
internal sealed unsafe class CoverageReport
{
    private readonly string[][] _edges;
    private readonly bool[] _reached;

    private CoverageReport(string[][] edges)
    {
        _edges = edges;
        _reached = new bool[edges.Length];
    }

    /// <summary>How many edges the assemblies beside this one are woven with; 0: they aren't.</summary>
    public static int CountEdges() => File.Exists(EdgesFile) ? File.ReadLines(EdgesFile).Count() : 0;

    private static string EdgesFile => Path.Combine(AppContext.BaseDirectory, "edges.tsv");

    /// <summary>Runs the inputs and writes how many edges of the target's parsers they reach, and which they don't.</summary>
    public static void Write(FuzzTarget target, IEnumerable<(string Path, byte[] Bytes)> inputs, TextWriter output, bool all)
    {
        if (CountEdges() == 0)
        {
            throw new InvalidOperationException("These assemblies aren't woven: run the copy that fuzz/build.sh makes.");
        }

        var report = new CoverageReport([.. File.ReadLines(EdgesFile).Select(line => line.Split('\t'))]);
        var count = 0;
        foreach (var (_, bytes) in inputs)
        {
            new Span<byte>(Probe.Counters, report._edges.Length).Clear();
            _ = Minimiser.FailureOf(target, bytes);
            report.Note();
            count++;
        }

        report.Write(target, count, output, all);
    }

    private void Note()
    {
        for (var i = 0; i < _reached.Length; i++)
        {
            _reached[i] |= Probe.Counters[i] != 0;
        }
    }

    private void Write(FuzzTarget target, int inputs, TextWriter output, bool all)
    {
        var own = Enumerable.Range(0, _edges.Length)
            .Where(i => target.Parsers.Any(parser => _edges[i][1].StartsWith(parser, StringComparison.Ordinal))).ToArray();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{target.Name}: {own.Count(i => _reached[i])} of {own.Length} branches of its parsers, {_reached.Count(reached => reached)} in all, {inputs} inputs"));
        if (!all)
        {
            return;
        }

        foreach (var method in own.GroupBy(i => _edges[i][1]))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {method.Key} {method.Count(i => _reached[i])}/{method.Count()}"));
            foreach (var i in method.Where(i => !_reached[i]))
            {
                output.WriteLine($"    not reached: {_edges[i][2]} {_edges[i][3]}");
            }
        }
    }
}
