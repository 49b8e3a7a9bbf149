using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Transport.Audit;

namespace MixMq.Cli.Commands;

/// <summary><c>audit</c>: whether the trail of a float or node was changed.</summary>
internal static class AuditCommands
{
    private const int HashBytes = 32;

    public static Command Create(CliEnvironment environment) =>
        new("audit", "Verify the audit trail of a float or node.") { Verify(environment) };

    private static Command Verify(CliEnvironment environment)
    {
        var files = new Argument<string[]>("files")
        {
            Description = "The files of one trail, in any order.",
            HelpName = "file",
            Arity = ArgumentArity.OneOrMore,
        };
        var through = new Option<string?>("--through")
        {
            Description = "A hash noted earlier, which must be in the trail: then nothing up to it was cut off or written anew.",
            HelpName = "hash",
        };
        var command = new Command("verify", "Say whether each line follows the one before, over all files, and where it doesn't. Exit code 0 only when all do.")
        {
            files, through,
        };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var wanted = HashOf(parse.GetValue(through));
            var opened = parse.GetRequiredValue(files).Select(file => (file, (Func<Stream>)(() => Open(environment, file)))).ToList();
            var result = await AuditVerifier.VerifyAsync(opened, wanted, cancellationToken);
            if (output.Json)
                output.Object(Json(result, wanted.Length > 0));
            else
                Show(output, result, wanted.Length > 0);
            return result.Holds ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples("""
            mixmq audit verify audit.log audit.log.*
            mixmq audit verify --through 0123…cdef audit.log audit.log.*
            """);
    }

    private static byte[] HashOf(string? text)
    {
        if (text is null)
            return [];
        var hash = new byte[HashBytes];
        return text.Length == HashBytes * 2 && Convert.FromHexString(text, hash, out _, out _) == System.Buffers.OperationStatus.Done
            ? hash
            : throw CommandException.Usage($"--through {TerminalText.Escape(text)}: write the 64 hexadecimal digits with which a line begins.");
    }

    private static FileStream Open(CliEnvironment environment, string file)
    {
        try
        {
            return File.OpenRead(environment.FullPath(file));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CommandException.Usage($"There is no file {TerminalText.Escape(file)}.");
        }
    }

    private static void Show(CommandOutput output, AuditVerification result, bool isHeldAgainst)
    {
        foreach (var fault in result.Faults)
        {
            var place = fault.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{fault.File} line {fault.Line}") : "The trail";
            output.Line($"{TerminalText.Escape(place)}: {fault.Why}.");
        }

        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{(result.Holds ? "The chain holds" : "The chain does not hold")}: {result.Lines} good lines in {result.Files} file(s), numbers {result.FirstNumber} to {result.LastNumber}."));
        if (result.FirstNumber > 1)
            output.Line("Older files are not among these.");
        if (result.TornBytes > 0)
            output.Line(string.Create(CultureInfo.InvariantCulture, $"After them {result.TornBytes} bytes of an unfinished line: cut off by a crash, or being written."));
        if (result.LastHash.Length > 0)
            output.Line($"Last hash: {result.LastHash}");
        if (result.Holds && !isHeldAgainst)
            output.Line("A trail whose last lines were cut off holds as well. To see that, hold it against a hash that was noted elsewhere, such as the status text's: --through HASH");
    }

    private static JsonObject Json(AuditVerification result, bool isHeldAgainst) => new()
    {
        ["holds"] = result.Holds,
        ["files"] = result.Files,
        ["lines"] = result.Lines,
        ["first_number"] = result.FirstNumber,
        ["last_number"] = result.LastNumber,
        ["last_hash"] = result.LastHash,
        ["through"] = isHeldAgainst,
        ["torn_bytes"] = result.TornBytes,
        ["faults"] = new JsonArray([.. result.Faults.Select(fault => new JsonObject { ["file"] = fault.File, ["line"] = fault.Line, ["why"] = fault.Why })]),
    };
}
