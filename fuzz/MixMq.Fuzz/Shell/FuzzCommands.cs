using MixMq.Fuzz.Targets;

namespace MixMq.Fuzz.Shell;

/// <summary>The commands of the harness.</summary>
internal static class FuzzCommands
{
    private const string Usage = """
        MixMq.Fuzz list                        the targets
        MixMq.Fuzz run TARGET PATH…            runs inputs (files or folders) and says what becomes of each; 1: one fails
        MixMq.Fuzz minimise TARGET FILE OUT    makes a failing input smaller
        MixMq.Fuzz seeds FOLDER                writes the seeds of all targets to FOLDER/TARGET/
        MixMq.Fuzz coverage TARGET PATH…       branches that inputs reach; with --all, each one they don't (woven copy only)
        MixMq.Fuzz afl TARGET LAST             the fork server, started by afl-fuzz; LAST keeps the input under way (woven copy only)
        """;

    public static int Run(string[] args) => args switch
    {
        ["list"] => List(),
        ["run", var target, .. var paths] => RunInputsOf(FuzzTargets.Get(target), paths),
        ["minimise", var target, var file, var output] => Minimise(FuzzTargets.Get(target), file, output),
        ["seeds", var folder] => WriteSeeds(folder),
        ["coverage", var target, .. var paths] => Cover(FuzzTargets.Get(target), paths),
        ["afl", var target, var last] => Serve(FuzzTargets.Get(target), last),
        _ => Refuse(),
    };

    private static int List()
    {
        foreach (var target in FuzzTargets.All)
        {
            Console.WriteLine(target.Name);
        }

        return 0;
    }

    private static int RunInputsOf(FuzzTarget target, string[] paths)
    {
        var failed = false;
        foreach (var (path, bytes) in RunInputs.Read(paths))
        {
            try
            {
                Console.WriteLine($"{path}: {(target.Run(bytes) ? "taken" : "refused")}");
            }
            catch (Exception e)
            {
                Console.WriteLine($"{path}: FAILS{Environment.NewLine}{e}");
                failed = true;
            }
        }

        return failed ? 1 : 0;
    }

    private static int Minimise(FuzzTarget target, string file, string output)
    {
        File.WriteAllBytes(output, Minimiser.Minimise(target, File.ReadAllBytes(file)));
        return 0;
    }

    private static int WriteSeeds(string folder)
    {
        foreach (var target in FuzzTargets.All)
        {
            var own = Directory.CreateDirectory(Path.Combine(folder, target.Name)).FullName;
            foreach (var (name, bytes) in target.Seeds)
            {
                File.WriteAllBytes(Path.Combine(own, name), bytes);
            }
        }

        return 0;
    }

    private static int Cover(FuzzTarget target, string[] paths)
    {
        CoverageReport.Write(target, RunInputs.Read(paths.Where(path => path != "--all")), Console.Out, paths.Contains("--all"));
        return 0;
    }

    private static int Serve(FuzzTarget target, string last)
    {
        if (CoverageReport.CountEdges() == 0)
        {
            throw new InvalidOperationException("These assemblies aren't woven: run the copy that fuzz/build.sh makes.");
        }

        // Twice, so that what is made at the first use is made before the fuzzer looks.
        foreach (var (_, bytes) in target.Seeds.Concat(target.Seeds))
        {
            _ = Minimiser.FailureOf(target, bytes);
        }

        ForkServer.Run(target, CoverageReport.CountEdges(), last);
        return 0;
    }

    private static int Refuse()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
}
