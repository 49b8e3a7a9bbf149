using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace MixMq.Bench.ConstantTime;

/// <summary><c>constant-time</c>: whether secrets show in the time that unwrapping and comparing take.</summary>
internal static class ConstantTimeCommand
{
    private const int WarmUp = 1_000;

    public static Command Create()
    {
        var measurements = new Option<int>("--measurements")
        {
            Description = "Of each subject; slow ones get a fifth: 10000 to 100000000.",
            DefaultValueFactory = _ => 200_000,
        };
        measurements.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 10_000 or > 100_000_000)
            {
                result.AddError("--measurements is a whole number from 10000 to 100000000.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Write one JSON object and nothing else." };
        var command = new Command(
            "constant-time",
            $"Welch's t-test between two classes of inputs (dudect). Beyond ±{LeakTest.Threshold} the classes take different times. Two subjects leak by design; 1: that isn't seen.")
        {
            measurements, json,
        };
        command.SetAction(parse =>
        {
            var report = Run(parse.GetValue(measurements));
            parse.InvocationConfiguration.Output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Show(report));
            return (bool)report["planted_found"]! ? 0 : 1;
        });
        return command;
    }

    private static JsonObject Run(int measurements)
    {
        using var subjects = new Subjects();
        var rows = new JsonArray();
        var plantedFound = true;
        foreach (var subject in subjects.All)
        {
            var count = (int)(measurements * subject.Part);
            var test = Measure(subject, count);
            plantedFound &= test.Leaks || !subject.IsPlanted;
            rows.Add((JsonNode)new JsonObject
            {
                ["subject"] = subject.Name,
                ["classes"] = subject.Classes,
                ["planted"] = subject.IsPlanted,
                ["measurements"] = count,
                ["t"] = Math.Round(test.WorstT, 2),
                ["leaks"] = test.Leaks,
            });
        }

        return new JsonObject { ["subjects"] = rows, ["planted_found"] = plantedFound };
    }

    // The class of each measurement is drawn beforehand: were they to alternate, whatever else does would look like a leak.
    private static LeakTest Measure(Subject subject, int count)
    {
        var random = new Random(count);
        var classes = new byte[WarmUp + count];
        for (var i = 0; i < classes.Length; i++)
        {
            classes[i] = (byte)random.Next(2);
        }

        var times = new double[classes.Length];
        for (var i = 0; i < classes.Length; i++)
        {
            var @class = classes[i];
            var input = random.Next(Subjects.Inputs);
            var started = Stopwatch.GetTimestamp();
            for (var call = 0; call < subject.Calls; call++)
            {
                subject.Run(@class, input);
            }

            times[i] = Stopwatch.GetTimestamp() - started;
        }

        return new LeakTest(classes.AsSpan(WarmUp), times.AsSpan(WarmUp));
    }

    private static string Show(JsonObject report) => string.Join(
        Environment.NewLine,
        report["subjects"]!.AsArray().Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"{(string)row!["subject"]!,-42} {(string)row["classes"]!,-40} {(int)row["measurements"]!,9} t {(double)row["t"]!,9:0.00}  {((bool)row["leaks"]! ? "differs" : "no difference seen")}")));
}
