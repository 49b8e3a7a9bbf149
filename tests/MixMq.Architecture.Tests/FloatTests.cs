namespace MixMq.Architecture.Tests;

/// <summary>A float cannot make or read messages: nothing that could is in it.</summary>
public sealed class FloatTests
{
    [Fact]
    public void The_published_float_holds_the_five_assemblies_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var publish = DotNet.Run(
            Repository.Root, "publish", "src/MixMq.Float", "-c", Repository.Configuration, "--no-build", "-o", folder.Path);
        Assert.True(publish.ExitCode == 0, publish.Output);

        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder.Path, file), File.ReadAllBytes);

        Assert.Equal(
            Layout.Float.Order(StringComparer.Ordinal),
            files.Keys.Where(file => file.EndsWith(".dll", StringComparison.Ordinal))
                .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));
        Assert.Contains("MixMq.Float.deps.json", files.Keys);
        Assert.Empty(FloatContents.Breaches(files));
    }

    [Fact]
    public void The_built_float_passes_the_same_check()
    {
        var output = Path.GetDirectoryName(Layout.Projects.Single(project => project.Name == "MixMq.Float").OutputPath)!;
        var files = Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(output, file), File.ReadAllBytes);

        Assert.NotEmpty(files);
        Assert.Empty(FloatContents.Breaches(files));
    }

    [Fact]
    public void A_float_whose_code_uses_a_sending_type_is_reported()
    {
        var breaches = Check(SyntheticAssembly.Write(
            "MixMq.Overlay", uses: ("MixMq.Sphinx.Sending", "MixMq.Sphinx.Sending", "PacketWriter", "Wrap")));

        Assert.Equal(
            ["MixMq.Overlay references the assembly MixMq.Sphinx.Sending", "MixMq.Overlay uses the type MixMq.Sphinx.Sending.PacketWriter"],
            breaches);
    }

    [Fact]
    public void A_sending_assembly_under_another_name_is_reported() => Assert.Equal(
        ["assembly.dll: Harmless is not one of the five"], Check(SyntheticAssembly.Write("Harmless")));

    [Fact]
    public void Sending_code_copied_into_one_of_the_five_is_reported() => Assert.Equal(
        ["MixMq.Transport contains the type MixMq.Sphinx.Sending.PacketWriter"],
        Check(SyntheticAssembly.Write("MixMq.Transport", defines: ("MixMq.Sphinx.Sending", "PacketWriter"))));

    [Theory]
    [InlineData("System.Runtime", "System.Reflection", "Assembly", "LoadFrom")]
    [InlineData("System.Diagnostics.Process", "System.Diagnostics", "Process", "Start")]
    public void A_float_that_could_fetch_code_while_running_is_reported(string assembly, string space, string type, string member) =>
        Assert.Equal(
            [$"MixMq.Float calls {space}.{type}.{member}"],
            Check(SyntheticAssembly.Write("MixMq.Float", uses: (assembly, space, type, member))));

    [Fact]
    public void A_package_in_the_dependency_file_is_reported() => Assert.Equal(
        ["MixMq.Float.deps.json lists SQLitePCLRaw.core"],
        FloatContents.Breaches(new Dictionary<string, byte[]>
        {
            ["MixMq.Float.deps.json"] = """{"libraries":{"MixMq.Float/0.1.0":{"type":"project"},"SQLitePCLRaw.core/2.0.6":{}}}"""u8.ToArray(),
        }));

    [Fact]
    public void A_native_library_is_reported() => Assert.Equal(
        ["libe_sqlite3.so: a native library"],
        FloatContents.Breaches(new Dictionary<string, byte[]> { ["libe_sqlite3.so"] = [] }));

    private static IReadOnlyList<string> Check(byte[] assembly) =>
        FloatContents.Breaches(new Dictionary<string, byte[]> { ["assembly.dll"] = assembly });
}
