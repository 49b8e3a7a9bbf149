using System.Collections.Immutable;
using MixMq.Transport.Survey;

namespace MixMq.Transport.Executables;

/// <summary>The command line of a float or node executable, parsed.</summary>
public sealed class ExecutableArguments
{
    private ExecutableArguments(string? error) => Error = error;

    /// <summary>Path after <c>--config</c>, as given; null when not given.</summary>
    public string? ConfigFile { get; private set; }

    /// <summary>Whether only the configuration is to be checked.</summary>
    public bool CheckConfig { get; private set; }

    /// <summary>Whether help was asked for.</summary>
    public bool Help { get; private set; }

    /// <summary>Whether the version was asked for.</summary>
    public bool Version { get; private set; }

    /// <summary>Whether the program is to stop when standard input ends, as a child of a program that may be killed does.</summary>
    public bool WatchStandardInput { get; private set; }

    /// <summary>The survey that was asked for by <c>--doctor</c>; null: none.</summary>
    public SurveyRequest? Doctor { get; private set; }

    /// <summary>Settings from <c>--section:key=value</c>, in order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Overrides { get; private set; } = [];

    /// <summary>What is wrong with the command line, or null.</summary>
    public string? Error { get; }

    /// <summary>Parses the arguments. Never throws: see <see cref="Error"/>.</summary>
    public static ExecutableArguments Parse(ReadOnlySpan<string> arguments)
    {
        var parsed = new ExecutableArguments(error: null);
        var overrides = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var survey = new SurveyRequest(null, false, null);
        var doctor = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            switch (argument)
            {
                case "--help" or "-h":
                    parsed.Help = true;
                    break;
                case "--version":
                    parsed.Version = true;
                    break;
                case "--watch-stdin":
                    parsed.WatchStandardInput = true;
                    break;
                case "--check-config":
                    parsed.CheckConfig = true;
                    break;
                case "--doctor":
                    doctor = true;
                    break;
                case "--json":
                    survey = survey with { Json = true };
                    break;
                case "--peer" when i + 1 < arguments.Length:
                    survey = survey with { Peer = arguments[++i] };
                    break;
                case "--bundle" when i + 1 < arguments.Length:
                    survey = survey with { Bundle = arguments[++i] };
                    break;
                case "--config" when i + 1 < arguments.Length:
                    parsed.ConfigFile = arguments[++i];
                    break;
                case "--config":
                    return new ExecutableArguments("--config needs the name of a file");
                default:
                    if (argument.StartsWith("--config=", StringComparison.Ordinal))
                    {
                        parsed.ConfigFile = argument["--config=".Length..];
                        break;
                    }

                    var equals = argument.IndexOf('=', StringComparison.Ordinal);
                    if (!argument.StartsWith("--", StringComparison.Ordinal) || equals <= 2)
                    {
                        return new ExecutableArguments($"unknown argument '{argument}'; settings are given as --section:key=value");
                    }

                    overrides.Add(new KeyValuePair<string, string>(argument[2..equals], argument[(equals + 1)..]));
                    break;
            }
        }

        if (!doctor && survey != new SurveyRequest(null, false, null))
        {
            return new ExecutableArguments("--peer, --json and --bundle belong to --doctor");
        }

        parsed.Doctor = doctor ? survey : null;
        parsed.Overrides = overrides.ToImmutable();
        return parsed.ConfigFile is null && !parsed.Help && !parsed.Version
            ? new ExecutableArguments("--config FILE is required")
            : parsed;
    }
}
