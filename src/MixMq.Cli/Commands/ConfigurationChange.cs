using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Commands;

/// <summary>The way of a change into a configuration: shown, agreed to, checked, written, and taken by the program that runs.</summary>
internal sealed class ConfigurationChange(CliEnvironment environment, ConfigurationEdit edit, byte[] text, IReadOnlyList<EntryChange> entries)
{
    private static readonly TimeSpan ReloadTime = TimeSpan.FromSeconds(30);

    /// <summary>A file for the old text; null: it isn't kept.</summary>
    public string? Keep { get; init; }

    /// <summary>What is to be said of the change before it is agreed to: a sentence or more each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the file is the new one now.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>Takes it all the way.</summary>
    /// <param name="options">Whether to ask, and to write.</param>
    /// <param name="parse">The command line.</param>
    /// <param name="result">What to say with <c>--json</c>, beside what came of it.</param>
    /// <param name="output">Where to say it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> MakeAsync(ChangeOptions options, ParseResult parse, JsonObject result, CommandOutput output, CancellationToken cancellationToken)
    {
        var lines = entries.SelectMany(entry => entry.Lines()).ToList();
        if (output.Json)
            result["diff"] = new JsonArray([.. lines.Select(line => JsonValue.Create(line))]);
        else
            output.Line($"{edit.Path}\n{string.Join('\n', lines)}");
        if (output.Json && Warnings.Count > 0)
            result["warnings"] = new JsonArray([.. Warnings.Select(warning => JsonValue.Create(warning))]);
        else
            Warnings.ToList().ForEach(warning => output.Line("Warning: " + TerminalText.Escape(warning)));
        if (entries.All(entry => entry.IsEmpty))
            return Finish("nothing", "Nothing changes.");
        if (options.DryRun(parse))
        {
            await edit.ReplaceAsync(text, write: false, keep: null, cancellationToken);
            return Finish("never", "It would be valid. Nothing was changed (--dry-run).");
        }

        if (!options.Yes(parse) && !IsAgreed(output))
            throw CommandException.Failure("Nothing was changed.");
        await edit.ReplaceAsync(text, write: true, Keep, cancellationToken);
        IsWritten = true;
        return await ReloadAsync();

        int Finish(string takesEffect, string sentence)
        {
            if (output.Json)
            {
                result["config"] = edit.Path;
                result["takes_effect"] = takesEffect;
                if (Keep is not null)
                    result["kept"] = IsWritten ? Keep : null;
                output.Object(result);
            }
            else
            {
                if (IsWritten && Keep is not null)
                    output.Line($"The file as it was is {Keep}.");
                output.Line(sentence);
            }

            return ExitCode.Success;
        }

        async Task<int> ReloadAsync()
        {
            if (edit.Kind == ConfigurationKind.Float)
            {
                return Finish("when read", "Written. A float that runs reads the file by itself within seconds (or on `systemctl reload`, SIGHUP); its log and its status text say what came of it.");
            }

            ReloadConfigurationResponse answer;
            try
            {
                using var client = NodeLocator.Connect(environment, options.Socket(environment, parse), edit.Path);
                answer = await client.ReloadConfigurationAsync(ReloadTime, cancellationToken);
            }
            catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.Unavailable)
            {
                return Finish("next start", "Written. No node answers on its control socket, so it takes effect at the next start. (One that runs with another socket reads the file by itself, or is asked with --socket.)");
            }
            catch (RpcException failure)
            {
                throw CommandException.Failure($"Written to {edit.Path}, but the node that runs has not said that it took it ({failure.Message}); see its log.", failure);
            }

            if (answer.Errors.Count > 0)
                throw CommandException.Failure($"Written to {edit.Path}, but the node that runs goes on with what was there before:\n{string.Join('\n', answer.Errors)}");
            result["next_start"] = new JsonArray([.. answer.NextStart.Select(path => JsonValue.Create(path))]);
            return Finish("at once", answer.NextStart.Count == 0
                ? "Written, and in use. Links of other peers weren't touched."
                : $"Written, and in use. Links of other peers weren't touched. The file differs in more, which takes effect at the next start alone: {string.Join(", ", answer.NextStart)}");
        }
    }

    private bool IsAgreed(CommandOutput output)
    {
        if (!output.Interactive || environment.StandardInput() is not null)
            throw CommandException.Usage("Nobody is there to agree: give --yes, or --dry-run to see what would change.");
        output.Error.Write("Take this change? [y/N] ");
        output.Error.Flush();
        return environment.Answer()?.Trim() is "y" or "Y" or "yes";
    }
}
