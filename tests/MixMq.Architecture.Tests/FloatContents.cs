using System.Reflection.Metadata;
using System.Text.Json;

namespace MixMq.Architecture.Tests;

/// <summary>The rule of what a float may consist of, applied to a folder's worth of files: every breach is a sentence.</summary>
/// <remarks>
/// An allow-list, not a search for known bad names: an assembly that isn't one of the five or of the shared framework is a breach
/// whatever it is called. Three side doors are looked at too: a namespace that came in inside one of the five, loading an assembly
/// by name while running, and starting another program.
/// </remarks>
internal static class FloatContents
{
    private static readonly string[] SideDoors =
    [
        "System.Reflection.Assembly.Load", "System.Reflection.Assembly.LoadFrom", "System.Reflection.Assembly.LoadFile",
        "System.Reflection.Assembly.UnsafeLoadFrom", "System.Reflection.Assembly.LoadWithPartialName",
        "System.Activator.CreateInstanceFrom", "System.Diagnostics.Process.Start",
        "System.Runtime.Loader.AssemblyLoadContext.LoadFromAssemblyPath", "System.Runtime.Loader.AssemblyLoadContext.LoadFromStream",
        "System.Runtime.Loader.AssemblyLoadContext.LoadFromAssemblyName",
    ];

    private static readonly HashSet<string> Framework = ListFramework();

    public static IReadOnlyList<string> Breaches(IReadOnlyDictionary<string, byte[]> files)
    {
        var breaches = new List<string>();
        foreach (var (file, bytes) in files.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (file.EndsWith(".deps.json", StringComparison.Ordinal))
            {
                breaches.AddRange(OfDependencies(file, bytes));
            }
            else if (file.EndsWith(".dll", StringComparison.Ordinal))
            {
                breaches.AddRange(OfAssembly(file, bytes));
            }
            else if (file.Contains(".so", StringComparison.Ordinal))
            {
                breaches.Add($"{file}: a native library");
            }
        }

        return breaches;
    }

    private static IEnumerable<string> OfAssembly(string file, byte[] bytes)
    {
        AssemblyImage? image;
        using (var stream = new MemoryStream(bytes, writable: false))
        {
            image = AssemblyImage.TryRead(stream);
        }

        if (image is null || !Layout.Float.Contains(image.Name))
        {
            return [$"{file}: {image?.Name ?? "a native library"} is not one of the five"];
        }

        return
        [
            .. image.References.Where(reference => !Layout.Float.Contains(reference) && !Framework.Contains(reference))
                .Select(reference => $"{image.Name} references the assembly {reference}"),
            .. image.UsedTypes.Where(OfSending).Select(type => $"{image.Name} uses the type {type}"),
            .. image.Types.Where(type => OfSending(type.Name)).Select(type => $"{image.Name} contains the type {type.Name}"),
            .. image.UsedMembers.Where(SideDoors.Contains).Select(member => $"{image.Name} calls {member}"),
        ];
    }

    private static IEnumerable<string> OfDependencies(string file, byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        return
        [
            .. document.RootElement.GetProperty("libraries").EnumerateObject()
                .Select(library => library.Name.Split('/')[0])
                .Where(library => !Layout.Float.Contains(library))
                .Select(library => $"{file} lists {library}"),
        ];
    }

    private static bool OfSending(string type) =>
        Layout.Sending.Any(space => type.StartsWith(space + ".", StringComparison.Ordinal));

    // The assemblies of the shared frameworks that lie beside the one this test runs on.
    private static HashSet<string> ListFramework()
    {
        var shared = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!).Parent!.Parent!;
        return
        [
            .. new[] { "Microsoft.NETCore.App", "Microsoft.AspNetCore.App" }
                .SelectMany(name => Directory.EnumerateFiles(Path.Combine(shared.FullName, name), "*.dll", SearchOption.AllDirectories))
                .Select(file => Path.GetFileNameWithoutExtension(file)),
        ];
    }
}
