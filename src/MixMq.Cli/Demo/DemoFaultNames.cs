namespace MixMq.Cli.Demo;

/// <summary>The faults as users write them.</summary>
internal static class DemoFaultNames
{
    public static readonly IReadOnlyList<string> All = ["kill-float", "kill-relay", "restart-recipient"];

    public static bool TryParse(string text, out DemoFault fault)
    {
        fault = text switch
        {
            "none" => DemoFault.None,
            "kill-float" => DemoFault.KillFloat,
            "kill-relay" => DemoFault.KillRelay,
            "restart-recipient" => DemoFault.RestartRecipient,
            _ => (DemoFault)(-1),
        };
        return Enum.IsDefined(fault);
    }

    public static string Name(DemoFault fault) => fault == DemoFault.None ? "none" : All[(int)fault - 1];

    /// <summary>The process that it happens to.</summary>
    public static string? Victim(DemoFault fault) => fault switch
    {
        DemoFault.KillFloat => "float-a1",
        DemoFault.KillRelay => "relay-1",
        DemoFault.RestartRecipient => "node-b",
        _ => null,
    };
}
