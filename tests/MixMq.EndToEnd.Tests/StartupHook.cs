using MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// What the runtime runs in a node before the node itself, when DOTNET_STARTUP_HOOKS names this assembly: see <see cref="StepKiller"/>. The shipping
/// executables know nothing of it. The name and the missing namespace are the runtime's rule.
/// </summary>
#pragma warning disable CA1050, MA0047
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(StepKiller.FileVariable) is { Length: > 0 } file)
            StepKiller.Watch(file);
    }
}
