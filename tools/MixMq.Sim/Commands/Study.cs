using System.CommandLine;
using System.Diagnostics;

namespace MixMq.Sim.Commands;

/// <summary>What the commands share that run one study: wrong options said at once, progress with the time it took, a picture, a table and a last line for programs.</summary>
internal static class Study
{
    public const int Failed = 1;

    /// <summary>Runs a study.</summary>
    /// <param name="errors">What is wrong with the options.</param>
    /// <param name="svg">Where a picture is wanted.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="run">The study: told where to say how far it is, it returns the picture it would draw, and whether all is as it should be.</param>
    /// <returns>The command's exit code.</returns>
    public static int Run(
        IReadOnlyCollection<string> errors, FileInfo? svg, InvocationConfiguration console, Func<Action<string>, Stopwatch, (Func<string> Picture, bool Holds)> run)
    {
        if (errors.Count > 0)
        {
            console.Error.WriteLine(string.Join(Environment.NewLine, errors));
            return Failed;
        }

        // Opened before the work: a mistyped folder shouldn't cost minutes.
        StreamWriter? picture = null;
        try
        {
            picture = svg?.CreateText();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine($"The picture can't be written: {exception.Message}");
            return Failed;
        }

        using var file = picture;
        var watch = Stopwatch.StartNew();
        var (draw, holds) = run(step => console.Error.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalSeconds,6:0.0} s  {step}")), watch);
        file?.WriteLine(draw());
        return holds ? 0 : Failed;
    }

    /// <summary>An option with a number.</summary>
    public static Option<T> Number<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
