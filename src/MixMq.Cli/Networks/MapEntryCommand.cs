using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;

namespace MixMq.Cli.Networks;

/// <summary><c>map entry</c>: for authorities.</summary>
internal static class MapEntryCommand
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public static Command Create(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The entry to make; one that is there is replaced." };
        var network = StatementFiles.Network("The network's parameters.");
        network.Required = true;
        var name = new Option<string?>("--name") { Description = "The legal name: X.500, as RFC 4514 writes it.", HelpName = "CN=…" };
        var certificate = new Option<string?>("--subject-of") { Description = "Or an X.509 certificate whose subject it is.", HelpName = "path" };
        var addresses = new Option<string[]>("--address") { Description = "An address of the institution's (may be repeated). Who writes to a name with several must say which.", HelpName = "mix1…", DefaultValueFactory = _ => [] };
        var remove = new Option<bool>("--remove") { Description = "No address: takes the name out of the map." };
        var lifetime = CommonOptions.Duration("--for", "How long, counted from now. Default: 365d.");
        var number = new Option<ulong?>("--number") { Description = "Above that of the name's last entry. Default: the present in milliseconds.", HelpName = "n" };
        var keys = StatementFiles.Keys();
        var command = new Command("entry", "Make an entry of the map, to be signed by the authorities.") { file, network, name, certificate, addresses, remove, lifetime, number, keys };
        command.Validators.Add(result =>
        {
            if (result.GetValue(name) is null == result.GetValue(certificate) is null)
                result.AddError("Give --name or --subject-of.");
            if (result.GetValue(remove) == result.GetValue(addresses) is { Length: > 0 })
                result.AddError("Give --address, or --remove.");
        });
        command.SetBody(environment, (parse, output, _) =>
        {
            var inForce = StatementFiles.Read<SignedParameters>(environment.FullPath(parse.GetRequiredValue(network)!));
            var text = parse.GetValue(certificate) is { Length: > 0 } path ? SubjectOf(environment.FullPath(path)) : parse.GetValue(name)!;
            if (LegalName.TryParse(text, out var legal) is not LegalNameError.None and var wrong)
                throw CommandException.Usage(wrong.Describe());
            var now = DateTimeOffset.UtcNow;
            var error = MapEntry.TryCreate(
                legal!,
                parse.GetValue(addresses)!.Select(NodeAddresses.Require),
                parse.GetValue(number) ?? (ulong)now.ToUnixTimeMilliseconds(),
                (now + (parse.GetValue(lifetime) ?? Year)).ToUnixTimeMilliseconds(),
                out var entry);
            if (error != StatementError.None)
                throw CommandException.Usage($"The entry {error.Describe()}; a name has at most {MapLimits.MaxAddresses} addresses.");
            if (!output.Json && !string.Equals(legal!.Display(), legal.Text, StringComparison.Ordinal))
                output.Note($"Look twice: {TerminalText.Escape(legal.Display())} has letters of several scripts, or ones that look like Latin letters and aren't.");
            StatementFiles.Finish(environment, output, environment.FullPath(parse.GetRequiredValue(file)), entry!, inForce, parse.GetValue(keys));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq map entry bank-b.entry --network network.params --name "CN=Bank B,O=Bank B plc,C=GB" --address mix1… --key authority-a.key
            mixmq map entry bank-b.entry --network network.params --subject-of bank-b.crt --address mix1…
            mixmq network sign bank-b.entry --network network.params --key authority-b.key
            """);
    }

    // Attribute by attribute: .NET's own text form has quotation marks, which RFC 4514 hasn't.
    private static string SubjectOf(string path)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            var levels = certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: true);
            return string.Join(',', levels.Select(level => level.HasMultipleElements
                ? throw CommandException.Usage("The certificate's subject has several attributes at one level; give the name with --name.")
                : $"{level.GetSingleElementType().Value}={Escape(level.GetSingleElementValue() ?? "")}"));
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"{TerminalText.Escape(path)} isn't a certificate that can be read.");
        }
    }

    private static string Escape(string value) => string.Concat(value.Select(character => character is '"' or '+' or ',' or ';' or '<' or '>' or '\\' or '#' or '=' ? $"\\{character}" : character.ToString()));
}
