using MixMq.Transport.Executables;

namespace MixMq.Transport.Tests.Configuration;

public sealed class ExecutableArgumentsTests
{
    [Fact]
    public void Options_and_overrides_are_told_apart()
    {
        var arguments = ExecutableArguments.Parse(["--config", "a.json", "--check-config", "--log:level=debug", "--statusFile=x=y"]);
        Assert.Null(arguments.Error);
        Assert.Equal("a.json", arguments.ConfigFile);
        Assert.True(arguments.CheckConfig);
        Assert.Equal(["log:level debug", "statusFile x=y"], arguments.Overrides.Select(setting => $"{setting.Key} {setting.Value}"));
    }

    [Theory]
    [InlineData()]
    [InlineData("--config")]
    [InlineData("--config", "a", "--chek-config")]
    [InlineData("--config", "a", "b")]
    [InlineData("--config", "a", "--=b")]
    public void A_mistyped_command_line_is_an_error(params string[] arguments) => Assert.NotNull(ExecutableArguments.Parse(arguments).Error);

    [Fact]
    public void Help_and_version_need_no_file()
    {
        Assert.Null(ExecutableArguments.Parse(["--help"]).Error);
        Assert.Null(ExecutableArguments.Parse(["--version"]).Error);
    }
}
