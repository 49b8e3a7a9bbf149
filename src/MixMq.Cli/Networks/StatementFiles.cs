using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Transport;
using MixMq.Transport.Admission;
using MixMq.Transport.Keys;

namespace MixMq.Cli.Networks;

/// <summary>What the commands of authorities read and write: statements in files, and keys that sign them.</summary>
internal static class StatementFiles
{
    public static Option<string[]> Keys() => new("--key")
    {
        Description = "The key file of an authority that signs now (may be repeated). The others add theirs with: mixmq network sign.",
        HelpName = "path",
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Network(string description) => new("--network") { Description = description, HelpName = "path" };

    /// <exception cref="CommandException">It isn't there, or isn't what is wanted.</exception>
    public static T Read<T>(string path)
        where T : AuthorityStatement
    {
        if (!StatementFile.TryReadAll(path, out var all, out var error))
            throw CommandException.Usage($"Can't use the file: {TerminalText.Escape(error!)}.");
        return all is [T only] ? only : throw CommandException.Usage($"{TerminalText.Escape(path)} doesn't hold what is wanted here; see what it is with: mixmq network show.");
    }

    /// <summary>The parameters that say who the authorities are.</summary>
    /// <param name="environment">For relative paths.</param>
    /// <param name="file">As given; null: the parameters themselves.</param>
    /// <param name="own">What is being worked on, if these are parameters.</param>
    /// <exception cref="CommandException">There are none.</exception>
    public static SignedParameters ReadNetwork(CliEnvironment environment, string? file, SignedParameters? own) => file is { Length: > 0 }
        ? Read<SignedParameters>(environment.FullPath(file))
        : own ?? throw CommandException.Usage("Which network? Give --network with the file of its parameters.");

    /// <summary>Signs with the keys that are given, writes the file, and says what is still to be done.</summary>
    public static void Finish(
        CliEnvironment environment, CommandOutput output, string path, AuthorityStatement statement, SignedParameters inForce, string[]? keys)
    {
        foreach (var key in keys ?? [])
            statement = SignWith(environment.FullPath(key), statement, inForce);
        Write(path, statement);
        var signed = statement.CountSigners(inForce.Authorities);
        var own = statement as SignedParameters;
        var needed = inForce.Threshold;
        var enough = statement.IsSignedByEnough(inForce.Authorities, inForce.Threshold) && own is not { IsSignedByOwn: false };
        if (output.Json)
        {
            output.Object(new JsonObject { ["file"] = path, ["signed"] = signed, ["needed"] = needed, ["complete"] = enough });
            return;
        }

        output.Line(string.Create(
            CultureInfo.InvariantCulture, $"Wrote {path}: signed by {signed} of the {inForce.Authorities.Length} authorities, {needed} must."));
        if (signed >= inForce.Threshold && own is { IsSignedByOwn: false })
            output.Line(string.Create(CultureInfo.InvariantCulture, $"Its new authorities must sign too: {own.CountSigners(own.Authorities)} of {own.Threshold} have."));
        output.Line(enough
            ? Next(statement)
            : $"Pass it on; the next authority runs:\n  mixmq network sign {Path.GetFileName(path)} --key THEIR.key{(own is null ? " --network network.params" : "")}");
    }

    private static string Next(AuthorityStatement statement) => statement switch
    {
        SignedParameters { Number: 1 } => "It is complete. Each node and float gets this file, and names it in its configuration: \"network\": { \"parameters\": \"network.params\" }",
        SignedParameters => "It is complete. Put it in the place of the file of any one node: the others hear of it from there, and all use it from its activation on.",
        MapEntry => "It is complete. Any one node gets it with: mixmq map add; the others hear of it from there.",
        Succession => "It is complete. Its node gets it together with the new key: \"identity\": { \"keyFile\": … } and \"network\": { \"successions\": \"…\" }, at one restart. Any one node gets it with: mixmq map add; the others hear of it from there.",
        RevokedAddresses => "It is complete. Any one node gets it, as the file that its configuration names: \"network\": { \"revocations\": \"…\" }; the others hear of it from there.",
        _ => "It is complete. Its node gets it, as the file that its configuration names: \"network\": { \"admission\": \"…\" }",
    };

    private static AuthorityStatement SignWith(string file, AuthorityStatement statement, SignedParameters inForce)
    {
        try
        {
            using var key = NodeIdentity.Load(file);
            if (!inForce.Authorities.Contains(key.Address) && statement is not SignedParameters own)
                throw CommandException.Usage($"The key in {TerminalText.Escape(file)} is none of this network's authorities. They are in: mixmq network show.");
            if (!inForce.Authorities.Contains(key.Address) && !((SignedParameters)statement).Authorities.Contains(key.Address))
                throw CommandException.Usage($"The key in {TerminalText.Escape(file)} is none of the authorities of these parameters. If it is one of the former ones, name the parameters in force with --network.");
            var signature = new byte[Ed25519.SignatureBytes];
            key.Sign(statement.SignedMessage(inForce.Network.Definition.Id), signature);
            return statement.WithSignature(key.Address, signature);
        }
        catch (KeyFileException failure)
        {
            throw CommandException.Usage($"{failure.Message}.");
        }
    }

    // Readable by all: there is nothing secret in it. Replaced as a whole, since a node may be reading it.
    private static void Write(string path, AuthorityStatement statement)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            Setup.SecretFile.CreateReadable(temporary, Encoding.ASCII.GetBytes(StatementFile.Format(statement)));
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
