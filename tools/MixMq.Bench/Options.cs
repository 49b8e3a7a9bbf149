using System.CommandLine;

namespace MixMq.Bench;

/// <summary>Options that several benchmarks have.</summary>
internal static class Options
{
    public static Option<int> Number(string name, string description, int least, int most, int normal)
    {
        var option = new Option<int>(name) { Description = $"{description}: {least} to {most}.", DefaultValueFactory = _ => normal };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least || result.GetValueOrDefault<int>() > most)
                result.AddError($"{name} is a whole number from {least} to {most}.");
        });
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object and nothing else to standard output." };

    public static Option<string?> Float() => new("--float") { Description = "The float's executable; without it, the one that was built beside this program." };
}
