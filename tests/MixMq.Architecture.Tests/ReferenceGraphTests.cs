namespace MixMq.Architecture.Tests;

/// <summary>Each project references only those above it in the layout, in what is written and in what was compiled.</summary>
public sealed class ReferenceGraphTests
{
    [Fact]
    public void Every_project_has_its_place_in_the_layout() =>
        Assert.Empty(Layout.Projects.Select(project => project.Name).Except(Layout.Order));

    [Fact]
    public void Project_files_reference_only_what_stands_above() =>
        Assert.Empty(Layout.Projects.SelectMany(project => Layout.ForbiddenEdges(project.Name, project.References)));

    [Fact]
    public void Compiled_assemblies_reference_only_what_their_project_files_say()
    {
        foreach (var project in Layout.Projects)
        {
            var compiled = AssemblyImage.Read(project.OutputPath).References
                .Where(name => name.StartsWith("MixMq.", StringComparison.Ordinal)).ToArray();

            Assert.Empty(Layout.ForbiddenEdges(project.Name, compiled));
            Assert.Empty(compiled.Except(project.References).Select(name => $"{project.Name} uses {name} without an edge of its own"));
        }
    }

    [Fact]
    public void The_float_is_reached_by_exactly_the_five()
    {
        var reached = new HashSet<string> { "MixMq.Float" };
        var open = new Queue<string>(reached);
        while (open.TryDequeue(out var name))
        {
            foreach (var reference in Layout.Projects.Single(project => project.Name == name).References.Where(reached.Add))
            {
                open.Enqueue(reference);
            }
        }

        Assert.Equal(Layout.Float.Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_five_take_no_package() => Assert.Empty(
        from project in Layout.Projects.Where(project => Layout.Float.Contains(project.Name))
        from package in project.Elements("PackageReference")
        select $"{project.Name} takes {Project.Value(package, "Include")}");

    [Theory]
    [InlineData("MixMq.Overlay", "MixMq.Transport", "MixMq.Overlay must not reference MixMq.Transport")]
    [InlineData("MixMq.Float", "MixMq.Sphinx.Sending", "MixMq.Float must not reference MixMq.Sphinx.Sending")]
    [InlineData("MixMq.Cli", "MixMq.Node", "MixMq.Cli must not host the executable MixMq.Node")]
    [InlineData("MixMq.Client", "MixMq.Crypto", "MixMq.Client references Contracts alone, not MixMq.Crypto")]
    [InlineData("MixMq.Crypto", "MixMq.Crypto", "MixMq.Crypto must not reference MixMq.Crypto")]
    [InlineData("MixMq.Node", "MixMq.Testing", "MixMq.Node must not reference MixMq.Testing")]
    public void A_forbidden_edge_is_reported(string project, string reference, string sentence) =>
        Assert.Equal([sentence], Layout.ForbiddenEdges(project, [reference]));
}
