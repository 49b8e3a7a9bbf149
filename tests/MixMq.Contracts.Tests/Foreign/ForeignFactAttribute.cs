namespace MixMq.Contracts.Tests.Foreign;

/// <summary>A test that needs a foreign program; skipped, with the reason, where it isn't installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForeignFactAttribute : FactAttribute
{
    public ForeignFactAttribute(ForeignTool tool)
    {
        if (!ForeignProgram.IsInstalled(tool))
            Skip = $"{tool} is not installed; install it with tools/install-test-tools.sh";
    }
}
