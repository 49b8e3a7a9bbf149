using System.Xml.Linq;

namespace MixMq.Architecture.Tests;

/// <summary>A csproj file, as written.</summary>
internal sealed class Project
{
    private readonly XDocument _xml;

    private Project(string path)
    {
        Path = path;
        Name = System.IO.Path.GetFileNameWithoutExtension(path);
        _xml = XDocument.Load(Repository.FullPath(path));
    }

    public string Path { get; }

    public string Name { get; }

    public string AssemblyName => Property("AssemblyName") ?? Name;

    /// <summary>The built assembly, in the configuration of this test run.</summary>
    public string OutputPath => Repository.FullPath(
        $"{System.IO.Path.GetDirectoryName(Path)}/bin/{Repository.Configuration}/net10.0/{AssemblyName}.dll");

    public static Project Load(string path) => new(path);

    /// <summary>Names of the projects whose code this one sees. Build-order edges (ReferenceOutputAssembly=false) are not among them.</summary>
    public IEnumerable<string> References => Elements("ProjectReference")
        .Where(item => !string.Equals(Value(item, "ReferenceOutputAssembly"), "false", StringComparison.OrdinalIgnoreCase))
        .Select(item => System.IO.Path.GetFileNameWithoutExtension(Value(item, "Include")!.Replace('\\', '/')));

    public string? Property(string name) => Elements(name).Select(element => element.Value).LastOrDefault();

    public IEnumerable<XElement> Elements(string name) => _xml.Descendants(name);

    public static string? Value(XElement item, string name) => item.Attribute(name)?.Value ?? item.Element(name)?.Value;
}
