using System.CommandLine;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Scenarios;

namespace MixMq.Sim.Commands;

/// <summary>Prints the hash of one short run: the same for one seed on every machine and in every process.</summary>
internal static class TraceCommand
{
    public static Command Create()
    {
        var seed = new Option<long>("--seed") { Description = "The run's seed.", DefaultValueFactory = _ => 1 };
        var real = new Option<bool>("--real") { Description = "With the cryptography that ships, not the ideal stand-in." };
        var log = new Option<FileInfo?>("--log") { Description = "Write each entry of the trace there, to see where two runs part." };
        var command = new Command("trace", "Run a short scenario with faults and print the hash of all that happened.") { seed, real, log };
        command.SetAction(arguments =>
        {
            var number = arguments.GetValue(seed);
            using var writer = arguments.GetValue(log)?.CreateText();
            Console.WriteLine(ReferenceRun.Trace(number, arguments.GetValue(real) ? new RealCrypto() : new IdealCrypto(number), log: writer));
            return 0;
        });
        return command;
    }
}
