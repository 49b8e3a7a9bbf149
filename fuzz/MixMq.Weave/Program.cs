using MixMq.Weave;

if (args.Length < 2)
{
    await Console.Error.WriteLineAsync(
        """
        MixMq.Weave FOLDER ASSEMBLY[:TYPE]…

        Weaves branch probes into assemblies of a folder, in place, and writes what each probe stands for to FOLDER/edges.tsv.
        With TYPE, only types whose full name begins with it. Weave copies, never what is to be shipped.
        """);
    return 2;
}

var edges = FolderWeaver.Weave(args[0], args[1..]);
Console.WriteLine($"{edges} edges");
return 0;
