using System.CommandLine;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Cli.Networks;

/// <summary><c>network admit</c> and <c>network revoke</c>.</summary>
internal static class AdmissionCommands
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public static Command Admit(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The certificate to make; one that is there is replaced." };
        var network = StatementFiles.Network("The network's parameters.");
        network.Required = true;
        var address = new Option<string>("--address") { Description = "The node's address, as its `init` printed it.", HelpName = "mix1…", Required = true };
        var institution = new Option<string>("--institution") { Description = "Whose node it is; written alike in all certificates of an institution, for paths avoid it twice.", HelpName = "name", Required = true };
        var roles = new Option<string[]>("--role") { Description = "What it may be: relay (a float) or endpoint (a node); may be repeated.", HelpName = "role", Required = true };
        var lifetime = CommonOptions.Duration("--for", "How long, counted from now. Default: 365d.");
        var list = new Option<string?>("--revocations") { Description = "The revocation list, so that nobody is admitted who is on it.", HelpName = "path" };
        var keys = StatementFiles.Keys();
        var command = new Command("admit", "Make a node's admission certificate, to be signed by the authorities.")
        {
            file, network, address, institution, roles, lifetime, list, keys,
        };
        roles.AcceptOnlyFromAmong("relay", "endpoint");
        command.SetBody(environment, (parse, output, _) =>
        {
            var inForce = StatementFiles.Read<SignedParameters>(environment.FullPath(parse.GetRequiredValue(network)!));
            var who = NodeAddresses.Require(parse.GetRequiredValue(address));
            var now = DateTimeOffset.UtcNow;
            if (parse.GetValue(list) is { Length: > 0 } revocations
                && StatementFiles.Read<RevokedAddresses>(environment.FullPath(revocations)).Revokes(who, now.ToUnixTimeMilliseconds()))
                throw CommandException.Usage("The address is revoked, and no certificate lifts that. Have the node make a new identity, and admit its address.");
            var admitted = parse.GetValue(roles)!.Aggregate(AdmissionRoles.None, (all, role) => all | (role == "relay" ? AdmissionRoles.Relay : AdmissionRoles.Endpoint));
            var error = AdmissionCertificate.TryCreate(
                who, parse.GetRequiredValue(institution), admitted, (now + (parse.GetValue(lifetime) ?? Year)).ToUnixTimeMilliseconds(), out var certificate);
            if (error != StatementError.None)
                throw CommandException.Usage($"The certificate {error.Describe()}; an institution's name has 1 to {AdmissionLimits.MaxInstitutionBytes} bytes of UTF-8.");
            StatementFiles.Finish(environment, output, environment.FullPath(parse.GetRequiredValue(file)), certificate!, inForce, parse.GetValue(keys));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq network admit float-a.admission --network network.params --address mix1… --institution "Bank A" --role relay --key authority-a.key
            mixmq network sign float-a.admission --network network.params --key authority-b.key
            """);
    }

    public static Command Revoke(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The revocation list: the next one is made from it, or the first one if there is none, and takes its place." };
        var network = StatementFiles.Network("The network's parameters.");
        network.Required = true;
        var addresses = new Option<string[]>("--address") { Description = "An address to keep out (may be repeated). It can't come back: its owner makes a new identity.", HelpName = "mix1…", DefaultValueFactory = _ => [] };
        var certificates = new Option<string[]>("--admission") { Description = "Or the admission certificate that ends (may be repeated).", HelpName = "path", DefaultValueFactory = _ => [] };
        var lifetime = CommonOptions.Duration("--for", "How long an --address is kept out: until its last certificate has ended. Default: 730d.");
        var keys = StatementFiles.Keys();
        var command = new Command("revoke", "Make the next revocation list, to be signed by the authorities.") { file, network, addresses, certificates, lifetime, keys };
        command.Validators.Add(result =>
        {
            if (result.GetValue(addresses) is not { Length: > 0 } && result.GetValue(certificates) is not { Length: > 0 })
                result.AddError("Whom? Give --address or --admission.");
        });
        command.SetBody(environment, (parse, output, _) =>
        {
            var inForce = StatementFiles.Read<SignedParameters>(environment.FullPath(parse.GetRequiredValue(network)!));
            var path = environment.FullPath(parse.GetRequiredValue(file));
            var former = File.Exists(path) ? StatementFiles.Read<RevokedAddresses>(path) : null;
            var now = DateTimeOffset.UtcNow;
            var until = (now + (parse.GetValue(lifetime) ?? (2 * Year))).ToUnixTimeMilliseconds();

            // Whose last certificate has ended needn't be kept out any more.
            var revoked = (former?.Revoked.Where(entry => entry.UntilUnixMillis > now.ToUnixTimeMilliseconds()) ?? [])
                .Concat(parse.GetValue(addresses)!.Select(text => new RevokedAddress(NodeAddresses.Require(text), until)))
                .Concat(parse.GetValue(certificates)!.Select(text => OfCertificate(environment.FullPath(text))));
            if (RevokedAddresses.TryCreate((former?.Number ?? 0) + 1, now.ToUnixTimeMilliseconds(), revoked, out var list) != StatementError.None)
                throw CommandException.Usage($"More than {AdmissionLimits.MaxRevocations} addresses would be revoked at one time, which a list can't hold. Let certificates end sooner.");
            StatementFiles.Finish(environment, output, path, list!, inForce, parse.GetValue(keys));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq network revoke revocations.list --network network.params --admission float-a.admission --key authority-a.key
            mixmq network sign revocations.list --network network.params --key authority-b.key
            """);
    }

    private static RevokedAddress OfCertificate(string path)
    {
        var certificate = StatementFiles.Read<AdmissionCertificate>(path);
        return new RevokedAddress(certificate.Address, certificate.NotAfterUnixMillis);
    }
}
