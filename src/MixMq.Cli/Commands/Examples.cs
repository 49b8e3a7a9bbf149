using System.CommandLine;
using System.Runtime.CompilerServices;

namespace MixMq.Cli.Commands;

/// <summary>What to type, for the help of a command.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, string> All = [];

    public static T WithExamples<T>(this T command, string examples)
        where T : Command
    {
        All.Add(command, examples);
        return command;
    }

    public static string? Of(Command command) => command is RootCommand
        ? """
          mixmq demo                                     a whole network on this machine, to see it work
          mixmq node init alice                          make a node's folder: keys, certificate, configuration
          mixmq node run --config alice                  run it
          mixmq send --config alice --to bob "Hello"     send to a contact
          mixmq receive --config alice --follow          show what comes
          """
        : All.TryGetValue(command, out var examples) ? examples : null;
}
