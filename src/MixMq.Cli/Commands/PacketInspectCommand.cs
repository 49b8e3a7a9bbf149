using System.Buffers.Binary;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Packets;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary><c>packet inspect</c>: a packet or SURB without keys, and layer by layer with them.</summary>
internal static class PacketInspectCommand
{
    private const int MaxSecrets = 256;

    public static Command Create(CliEnvironment environment)
    {
        var network = PacketOptions.Network();
        var from = PacketOptions.File("--in", "The packet or SURB; its size tells which.");
        var secret = new Option<string[]>("--secret") { Description = "A mix secret, 32 bytes in hexadecimal: a test secret. May be repeated; any order will do.", HelpName = "hex" };
        var secretsFrom = new Option<string?>("--secrets") { Description = "A file with mix secrets in hexadecimal, one a line.", HelpName = "file" };
        var command = new Command("inspect", "Show a packet: what anybody sees, and with mix secrets what each hop learns.") { network, from, secret, secretsFrom };
        command.SetBody(environment, (parse, output, _) =>
        {
            var definition = PacketOptions.ReadNetwork(environment, parse.GetRequiredValue(network));
            var bytes = PacketFile.ReadBinary(environment.FullPath(parse.GetRequiredValue(from)), "--in");
            var secrets = (parse.GetValue(secret) ?? []).Select(text => PacketOptions.ReadSecret(environment, text)).ToList();
            if (parse.GetValue(secretsFrom) is { } path)
                secrets.AddRange(ReadSecrets(environment.FullPath(path)));
            if (secrets.Count > MaxSecrets)
                throw PacketRefusal.Request($"At most {MaxSecrets} secrets are tried; there are {secrets.Count}.");
            Inspect(output, definition, bytes, secrets);
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq packet inspect --network request.json --in packet.bin
            mixmq packet inspect --network request.json --in packet.bin --secrets secrets.txt
            mixmq packet inspect --network request.json --in packet.bin --secrets secrets.txt --json     with every key of every layer
            """);
    }

    private static IEnumerable<byte[]> ReadSecrets(string path)
    {
        var text = Encoding.UTF8.GetString(PacketFile.Read(path, "--secrets", PacketFile.MaxBinaryBytes));
        return text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select((line, i) => HexText.Read(line, string.Create(CultureInfo.InvariantCulture, $"--secrets, line {i + 1}"), 32, 32));
    }

    private static void Inspect(CommandOutput output, NetworkDefinition network, byte[] bytes, List<byte[]> secrets)
    {
        using var lab = new PacketLab();
        var geometry = network.Geometry;
        var isSurb = bytes.Length == Surb.WireBytes(geometry) && bytes.Length != geometry.PacketBytes;
        if (!isSurb && bytes.Length != geometry.PacketBytes)
        {
            throw PacketRefusal.Request(
                $"--in has {bytes.Length} bytes. In this network a packet has {geometry.PacketBytes} and a SURB {Surb.WireBytes(geometry)}; a node drops it [{DropReason.WrongLength}].");
        }

        var fields = isSurb ? PacketInspection.SurbFieldsOf(network) : PacketInspection.FieldsOf(network);

        // The layers of a SURB cover a lane A that its secret gives, so they are those of any reply with it.
        var inspection = secrets.Count == 0
            ? null
            : PacketInspection.Of(network, isSurb ? lab.UseSurb(network, bytes, [], [], null) : bytes, secrets, lab);
        if (output.Json)
        {
            output.Object(ToJson(bytes, isSurb, fields, inspection));
            return;
        }

        ShowFields(output, bytes, isSurb, fields);
        if (inspection is not null)
            ShowLayers(output, inspection);
    }

    private static void ShowFields(CommandOutput output, byte[] bytes, bool isSurb, IReadOnlyList<PacketField> fields)
    {
        var table = new Table().Title(isSurb ? "A SURB, as its user sees it" : "A packet, as anybody sees it").AddColumns("Field", "Offset", "Bytes", "Value");
        foreach (var field in fields)
        {
            var value = bytes.AsSpan(field.Offset, field.Bytes);
            table.AddRow(Cell(field.Name), Cell(field.Offset), Cell(field.Bytes), Cell(field.Name switch
            {
                "version" => value[0] == PacketFormat.Version ? "1" : $"{value[0]}: unknown, dropped everywhere",
                "alpha" => $"{HexText.Write(value)} ({PacketInspection.DescribeAlpha(value)})",
                "expiry" => $"{BinaryPrimitives.ReadUInt32LittleEndian(value)} ({Clock.Show(BinaryPrimitives.ReadUInt32LittleEndian(value) * 1000L)})",
                _ when field.Bytes <= 32 => HexText.Write(value),
                _ => HexText.Write(value[..16]) + "…",
            }));
        }

        output.Table(table);
    }

    private static void ShowLayers(CommandOutput output, PacketInspection inspection)
    {
        var layers = new Table().Title("What each hop learns").AddColumns("Hop", "Secret", "Outcome", "Delay", "Next address or SURB id", "Replay tag");
        var keys = new Table().Title("What each hop derives").AddColumns("Hop", "Name", "Value");
        foreach (var (i, layer) in inspection.Layers.Index())
        {
            var result = layer.Outcome.Result;
            layers.AddRow(
                Cell(i + 1),
                Cell(layer.Outcome.Opened + 1),
                Cell(NameOf(result)),
                Cell(result.Kind == UnwrapKind.Relay ? $"{result.DelayMs} ms" : "–"),
                Cell(result.Kind switch
                {
                    UnwrapKind.Relay => HexText.Write(result.Next.ToArray()),
                    UnwrapKind.Reply => layer.Outcome.SurbIdText,
                    _ => "–",
                }),
                Cell(HexText.Write(layer.Outcome.ReplayTag)));
            foreach (var (name, value) in layer.Values)
                keys.AddRow(Cell(i + 1), Cell(name), Cell(HexText.Write(value)));
        }

        output.Table(layers);
        if (inspection.Layers.Count > 0)
            output.Table(keys);
        output.Line(EndOf(inspection));
    }

    private static string EndOf(PacketInspection inspection)
    {
        var end = inspection.End;
        switch (end.Result.Kind)
        {
            case UnwrapKind.Deliver:
                return $"Message ({end.Result.Length} bytes): {TerminalText.FromContent(end.Content) ?? HexText.Write(end.Content)}";
            case UnwrapKind.Reply:
                return "It ends as a reply; the state of its SURB opens lane B.";
            case UnwrapKind.Cover:
                return "It ends as cover.";
            case UnwrapKind.Dropped when end.Result.Reason == DropReason.AuthenticationFailed:
                return inspection.Layers.Count == 0
                    ? "None of the secrets opens it."
                    : $"None of the secrets opens what goes on to hop {inspection.Layers.Count + 1}.";
            default:
                return $"Dropped: {end.Result.Reason}.";
        }
    }

    private static JsonObject ToJson(byte[] bytes, bool isSurb, IReadOnlyList<PacketField> fields, PacketInspection? inspection)
    {
        var json = new JsonObject
        {
            ["kind"] = isSurb ? "surb" : "packet",
            ["fields"] = new JsonArray([.. fields.Select(field => new JsonObject
            {
                ["name"] = field.Name.Replace(' ', '_'),
                ["offset"] = field.Offset,
                ["bytes"] = field.Bytes,
                ["value"] = HexText.Write(bytes.AsSpan(field.Offset, field.Bytes)),
            })]),
            ["alpha"] = PacketInspection.DescribeAlpha(bytes.AsSpan(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes)),
        };
        if (inspection is not null)
        {
            json["layers"] = new JsonArray([.. inspection.Layers.Select(layer => layer.ToJson())]);
            json["end"] = inspection.End.ToJson();
        }

        return json;
    }

    private static string NameOf(UnwrapResult result) => result.Kind switch
    {
        UnwrapKind.Relay => "relay",
        UnwrapKind.Deliver => "deliver",
        UnwrapKind.Reply => "reply",
        UnwrapKind.Cover => "drop (cover)",
        _ => $"dropped: {result.Reason}",
    };

    private static Text Cell(string text) => new(text);

    private static Text Cell(int number) => new(number.ToString(CultureInfo.InvariantCulture));
}
