using System.Collections.Immutable;
using System.CommandLine;
using MixMq.Cli.Commands;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Cli.Networks;

/// <summary><c>network create</c> and <c>network update</c>.</summary>
internal static class ParametersCommands
{
    private static readonly TimeSpan UsualNotice = TimeSpan.FromHours(1);

    public static Command Create(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file to make; what is there is never overwritten." };
        var name = new Option<string>("--name") { Description = "The network's name. It can't change later.", HelpName = "name", Required = true };
        var (authorities, threshold) = Authorities();
        authorities.Required = true;
        var hops = CommonOptions.Count("--hops", $"Hops of a packet, which bound the links of a path. Can't change later. Default: {PacketGeometry.Default.Hops}.", 1, PacketGeometry.MaxHops);
        var body = CommonOptions.Count("--body", $"Bytes of a packet's content. Can't change later. Default: {PacketGeometry.Default.Body}.", PacketGeometry.MinLaneBytes, PacketGeometry.MaxBody);
        var reply = CommonOptions.Count("--reply", $"Bytes of a reply's content. Can't change later. Default: {PacketGeometry.Default.Reply}.", PacketGeometry.MinLaneBytes, PacketGeometry.MaxBody);
        var delay = CommonOptions.Count("--max-delay-ms", $"The longest delay at a relay. Can't change later. Default: {NetworkDefinition.DefaultMaxDelayMs}.", 0, NetworkDefinition.GreatestMaxDelayMs);
        var epoch = CommonOptions.Count("--epoch-seconds", $"How long a mix key is the current one. Can't change later. Default: {NetworkParameters.DefaultEpochSeconds}.", 1, NetworkParameters.LongestEpochSeconds);
        var skew = CommonOptions.Count("--skew-seconds", $"How far clocks may be apart. Can't change later. Default: {NetworkParameters.DefaultSkewSeconds}.", 0, 86_400);
        var (links, most, content) = Changeable();
        var open = new Option<bool>("--open") { Description = "Don't require admission certificates." };
        var keys = StatementFiles.Keys();
        var command = new Command("create", "Make a network's first parameters, to be signed by its authorities.")
        {
            file, name, authorities, threshold, hops, body, reply, delay, epoch, skew, links, most, content, open, keys,
        };
        command.SetBody(environment, (parse, output, cancellationToken) =>
        {
            var path = environment.FullPath(parse.GetRequiredValue(file));
            if (File.Exists(path))
                throw CommandException.Usage($"{path} is there already. To change a network's parameters: mixmq network update.");
            if (!PacketGeometry.TryCreate(
                    parse.GetValue(hops) ?? PacketGeometry.Default.Hops, parse.GetValue(body) ?? PacketGeometry.Default.Body, parse.GetValue(reply) ?? PacketGeometry.Default.Reply, out var geometry, out _))
                throw CommandException.Usage("--reply must be at most as much as --body.");
            if (!NetworkDefinition.TryCreate(parse.GetRequiredValue(name), geometry, parse.GetValue(delay) ?? NetworkDefinition.DefaultMaxDelayMs, out var definition, out _))
                throw CommandException.Usage($"--name: write 1 to {NetworkDefinition.MaxNameBytes} bytes of UTF-8.");
            var network = Network(
                definition,
                parse.GetValue(links) ?? NetworkParameters.DefaultPathLinks,
                parse.GetValue(most) ?? NetworkParameters.DefaultMaxLinks,
                parse.GetValue(epoch) ?? NetworkParameters.DefaultEpochSeconds,
                parse.GetValue(skew) ?? NetworkParameters.DefaultSkewSeconds,
                grace: null,
                parse.GetValue(content) ?? 0);
            ImmutableArray<NodeAddress> who = [.. parse.GetValue(authorities)!.Select(NodeAddresses.Require)];
            var parameters = Parameters(network, 1, 0, !parse.GetValue(open), parse.GetValue(threshold) ?? Majority(who.Length), who);
            StatementFiles.Finish(environment, output, path, parameters, parameters, parse.GetValue(keys));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq network create network.params --name payments --authority mix1…A --authority mix1…B --authority mix1…C --threshold 2 --key authority-a.key
            mixmq network sign network.params --key authority-b.key
            """);
    }

    public static Command Update(CliEnvironment environment)
    {
        var from = new Argument<string>("file") { Description = "The parameters in force." };
        var to = new Option<string>("--to") { Description = "The file to make; what is there is never overwritten.", HelpName = "path", Required = true };
        var (authorities, threshold) = Authorities();
        var (links, most, content) = Changeable();
        var require = new Option<bool>("--require-admission") { Description = "From then on require admission certificates." };
        var open = new Option<bool>("--open") { Description = "From then on don't require them." };
        var notice = CommonOptions.Duration("--in", "When they come into force, counted from now: later than every node can have heard of them. Default: 1h.");
        var keys = StatementFiles.Keys();
        var command = new Command("update", "Make the next parameters of a live network, to be signed by its authorities.")
        {
            from, to, links, most, content, require, open, authorities, threshold, notice, keys,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(require) && result.GetValue(open))
                result.AddError("--require-admission and --open contradict each other.");
        });
        command.SetBody(environment, (parse, output, _) =>
        {
            var former = StatementFiles.Read<SignedParameters>(environment.FullPath(parse.GetRequiredValue(from)));
            var path = environment.FullPath(parse.GetRequiredValue(to));
            if (File.Exists(path))
                throw CommandException.Usage($"{path} is there already; name another file.");
            var old = former.Network;
            var network = Network(
                old.Definition, parse.GetValue(links) ?? old.PathLinks, parse.GetValue(most) ?? old.MaxLinks, old.EpochSeconds, old.SkewSeconds, old.GraceSeconds, parse.GetValue(content) ?? old.MaxContentBytes);
            ImmutableArray<NodeAddress> who = parse.GetValue(authorities) is { Length: > 0 } given ? [.. given.Select(NodeAddresses.Require)] : former.Authorities;
            var requires = parse.GetValue(require) || (former.RequiresAdmission && !parse.GetValue(open));
            var activation = DateTimeOffset.UtcNow + (parse.GetValue(notice) ?? UsualNotice);
            var parameters = Parameters(network, former.Number + 1, activation.ToUnixTimeMilliseconds(), requires, parse.GetValue(threshold) ?? former.Threshold, who);
            StatementFiles.Finish(environment, output, path, parameters, former, parse.GetValue(keys));
            if (!output.Json && !who.Order().SequenceEqual(former.Authorities))
                output.Line("The authorities change: have all certificates and the revocation list signed by the new ones before these come into force.");
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq network update network.params --to next.params --path-links 6 --in 2h --key authority-a.key
            mixmq network sign next.params --key authority-b.key
            """);
    }

    private static (Option<string[]> Authorities, Option<int?> Threshold) Authorities() => (
        new Option<string[]>("--authority") { Description = "An authority, as `mixmq network key` printed it (repeated once for each).", HelpName = "mix1…", DefaultValueFactory = _ => [] },
        CommonOptions.Count("--threshold", "How many of them must sign. Default: more than half of them.", 1, AdmissionLimits.MaxAuthorities));

    private static (Option<int?> PathLinks, Option<int?> MaxLinks, Option<long?> MaxContent) Changeable() => (
        CommonOptions.Count("--path-links", "Links of every path.", 2, PacketGeometry.MaxHops - 1),
        CommonOptions.Count("--max-links", "Links of a node that count at most.", 1, NetworkParameters.LargestMaxLinks),
        new Option<long?>("--max-content-bytes") { Description = "The longest message content that nodes send; 0: no limit of the network's.", HelpName = "bytes" });

    private static int Majority(int authorities) => (authorities / 2) + 1;

    // Without a grace of its own it is enough for the longest paths, so that paths can become longer later, where the epoch leaves room for that.
    private static NetworkParameters Network(NetworkDefinition definition, int links, int most, int epoch, int skew, int? grace, long content)
    {
        var longest = (int)Math.Min(int.MaxValue / 4, NetworkParameters.SmallestGraceSeconds(definition.Geometry.Hops - 1, definition.MaxDelayMs, skew));
        if (grace is null && NetworkParameters.TryCreate(definition, out var roomy, out _, links, most, epoch, skew, longest, content))
            return roomy;
        return NetworkParameters.TryCreate(definition, out var network, out var errors, links, most, epoch, skew, grace, content)
            ? network
            : throw CommandException.Usage($"These parameters can't be: {string.Join(' ', errors)}");
    }

    private static SignedParameters Parameters(
        NetworkParameters network, ulong number, long activation, bool requires, int threshold, ImmutableArray<NodeAddress> authorities)
    {
        var error = SignedParameters.TryCreate(network, number, activation, requires, threshold, authorities, out var parameters);
        return error switch
        {
            StatementError.None => parameters!,
            StatementError.InvalidAuthorities => throw CommandException.Usage(
                $"Name 1 to {AdmissionLimits.MaxAuthorities} different authorities, and a threshold of at most as many."),
            _ => throw CommandException.Usage($"The file {error.Describe()}."),
        };
    }
}
