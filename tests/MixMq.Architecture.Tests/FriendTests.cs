using System.Text.RegularExpressions;

namespace MixMq.Architecture.Tests;

/// <summary>Who sees internals, and what secrets may look like.</summary>
public sealed class FriendTests
{
    [Fact]
    public void Only_the_own_tests_and_the_fuzz_project_see_internals() => Assert.Empty(
        from project in Layout.Projects
        from friend in project.Elements("InternalsVisibleTo").Select(item => Project.Value(item, "Include"))
        where friend != $"{project.Name}.Tests" && friend != "MixMq.Fuzz"
        select $"{project.Name} shows its internals to {friend}");

    [Fact]
    public void Friends_are_named_in_project_files_not_in_source() => Assert.DoesNotContain(
        Repository.FilesUnder("src/", ".cs"), file => Regex.IsMatch(Repository.Read(file), @"assembly:[^\]]*InternalsVisibleTo"));

    // A record prints and compares its members; a secret must do neither.
    [Fact]
    public void Secrets_are_no_records_and_neither_print_nor_compare_themselves()
    {
        var secrets = Layout.Projects.SelectMany(project => AssemblyImage.Read(project.OutputPath).Types)
            .Where(type => HoldsSecret(type) && !type.Name.Contains('<', StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(secrets);
        Assert.Empty(
            from type in secrets
            where type.IsRecord || type.Methods.Any(method => method is "ToString" or "op_Equality" or "Equals")
            select type.Name);
    }

    private static bool HoldsSecret(TypeImage type) =>
        type.FieldTypes.Contains("MixMq.Crypto.SecretBytes")
        || Regex.IsMatch(type.Name, @"\.[A-Za-z]*(Secret|PrivateKey)[A-Za-z]*$");
}
