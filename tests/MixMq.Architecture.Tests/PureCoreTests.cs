using System.Reflection;
using System.Text.RegularExpressions;

namespace MixMq.Architecture.Tests;

/// <summary>Sphinx, Sphinx.Sending, Overlay and Endpoint do no I/O, read no clock, draw no global randomness and start no task.</summary>
public sealed class PureCoreTests
{
    private static IEnumerable<Project> Cores => Layout.Projects.Where(project => Layout.PureCores.Contains(project.Name));

    [Fact]
    public void Exactly_the_pure_cores_carry_the_mark_that_brings_the_banned_list() => Assert.Equal(
        Layout.PureCores.Order(StringComparer.Ordinal),
        Layout.Projects.Where(project => project.Property("PureCore") == "true").Select(project => project.Name).Order(StringComparer.Ordinal));

    // The analyzer reads source; this reads what was compiled, so it also sees what the compiler brings in (async, foreach over a stream).
    [Fact]
    public void Nothing_on_the_banned_list_is_in_the_compiled_cores() => Assert.Empty(
        from core in Cores
        let image = AssemblyImage.Read(core.OutputPath)
        from symbol in BannedSymbol.All
        from use in symbol.UsesIn(image)
        select $"{core.Name} uses {use}");

    [Fact]
    public void No_core_calls_a_native_function() => Assert.Empty(
        from core in Cores
        from function in AssemblyImage.Read(core.OutputPath).ForeignFunctions
        select $"{core.Name} calls {function}");

    [Fact]
    public void No_core_takes_a_package_or_more_than_the_base_framework() => Assert.Empty(
        from core in Cores
        from item in core.Elements("PackageReference").Concat(core.Elements("FrameworkReference"))
        select $"{core.Name} takes {Project.Value(item, "Include")}");

    [Fact]
    public void No_core_switches_the_ban_off() => Assert.Empty(
        from core in Cores
        from file in Repository.FilesUnder($"src/{core.Name}/", ".cs").Append(core.Path)
        where Repository.Read(file).Contains("RS00" + "30", StringComparison.Ordinal)
        select file);

    [Fact]
    public void Every_banned_symbol_exists_so_that_no_line_is_misspelt()
    {
        var known = FrameworkIds();

        Assert.All(BannedSymbol.All, symbol => Assert.Contains(symbol.ToString(), known));
    }

    [Fact]
    public void Every_banned_symbol_says_what_to_do_instead() => Assert.All(
        Repository.Read("BannedSymbols.PureCore.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries),
        line => Assert.Matches(new Regex("^[NTPM]:[^;]+;.+$"), line));

    /// <summary>Documentation ids of the framework's public namespaces, types, properties and methods without type parameters.</summary>
    private static HashSet<string> FrameworkIds()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var types = Directory.EnumerateFiles(folder, "System.*.dll").Select(Path.GetFileNameWithoutExtension).OfType<string>()
            .Where(name => !name.EndsWith(".Native", StringComparison.Ordinal))
            .SelectMany(name => Assembly.Load(name).GetExportedTypes()).ToArray();
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance;
        var banned = BannedSymbol.All.Where(symbol => symbol.Kind is 'P' or 'M').Select(symbol => symbol.Name).ToArray();
        var owners = types.Where(type => type.FullName is { } name && banned.Any(id => id.StartsWith(name + ".", StringComparison.Ordinal)));
        return
        [
            .. types.Select(type => type.Namespace).OfType<string>().SelectMany(Prefixes).Select(space => $"N:{space}"),
            .. types.Select(type => $"T:{type.FullName}"),
            .. owners.SelectMany(type => type.GetProperties(Public)).Select(property => $"P:{property.DeclaringType}.{property.Name}"),
            .. owners.SelectMany(type => type.GetMethods(Public)).Select(MethodId),
        ];
    }

    private static IEnumerable<string> Prefixes(string space)
    {
        var parts = space.Split('.');
        return Enumerable.Range(1, parts.Length).Select(count => string.Join('.', parts.Take(count)));
    }

    private static string MethodId(MethodInfo method)
    {
        var parameters = string.Join(',', method.GetParameters().Select(parameter => parameter.ParameterType.FullName));
        return $"M:{method.DeclaringType}.{method.Name}" + (parameters.Length == 0 ? "" : $"({parameters})");
    }
}
