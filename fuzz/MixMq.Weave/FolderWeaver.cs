using Mono.Cecil;
using Mono.Cecil.Cil;
using MixMq.Fuzz.Probes;

namespace MixMq.Weave;

/// <summary>Weaves the named assemblies of one folder, in place.</summary>
internal static class FolderWeaver
{
    public static int Weave(string folder, IReadOnlyList<string> names)
    {
        var edges = new List<Edge>();
        foreach (var name in names)
        {
            var parts = name.Split(':');
            WeaveAssembly(folder, parts[0], parts.Length > 1 ? parts[1] : "", edges);
        }

        if (edges.Count > Probe.MostEdges)
        {
            throw new InvalidOperationException($"{edges.Count} edges are more than the {Probe.MostEdges} counters.");
        }

        File.WriteAllLines(Path.Combine(folder, "edges.tsv"), edges.Select(edge => edge.ToString()));
        return edges.Count;
    }

    private static void WeaveAssembly(string folder, string name, string typePrefix, List<Edge> edges)
    {
        // The symbols stay open while they are read, so what is written goes beside them first.
        var written = Directory.CreateDirectory(Path.Combine(folder, "weaving")).FullName;
        WeaveAssembly(folder, name, typePrefix, Path.Combine(written, name + ".dll"), edges);
        foreach (var file in Directory.EnumerateFiles(written))
        {
            File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        Directory.Delete(written);
    }

    private static void WeaveAssembly(string folder, string name, string typePrefix, string destination, List<Edge> edges)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(folder);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        var parameters = new ReaderParameters
        {
            AssemblyResolver = resolver,
            InMemory = true,
            ReadSymbols = true,
            SymbolReaderProvider = new PortablePdbReaderProvider(),
        };
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(folder, name + ".dll"), parameters);
        var module = assembly.MainModule;
        var counters = module.ImportReference(typeof(Probe).GetField(nameof(Probe.Counters)));
        foreach (var type in module.GetTypes().Where(type => type.FullName.StartsWith(typePrefix, StringComparison.Ordinal)))
        {
            foreach (var method in type.Methods.Where(method => method.HasBody))
            {
                new MethodWeaver(method, counters, edges).Weave();
            }
        }

        assembly.Write(destination, new WriterParameters { WriteSymbols = true, SymbolWriterProvider = new PortablePdbWriterProvider() });
    }
}
