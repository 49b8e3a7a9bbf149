using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Transport.Configuration;
using MixMq.Transport.Metrics;

namespace MixMq.Transport.Survey;

/// <summary>
/// What an operator sends to who helps him, as <c>tar.gz</c>: versions, the configuration with pseudonyms, the survey's codes without its sentences, counters. No key,
/// no name, address, host or path, and no line of the log, for those name peers.
/// </summary>
internal static class SupportBundle
{
    private const string Root = "mixmq-support/";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a new file of mode 0600.</summary>
    /// <exception cref="IOException">It is there already, or can't be written; nothing is left of it then.</exception>
    internal static void Write<T>(
        string file, ConfigurationResult<T> configuration, ImmutableArray<Finding> findings, ImmutableArray<(string Name, byte[] Content)> further, DateTimeOffset now)
        where T : RelayConfiguration
    {
        using var pseudonyms = new Pseudonyms();
        (string Name, byte[] Content)[] entries =
        [
            .. Part("about.json", () => Json(About(configuration, now))),
            .. Part("survey.json", () => Json(Survey(findings, pseudonyms))),
            .. Part("configuration.json", () => Json(RedactedConfiguration.Of(configuration.Settings, configuration.Keys, pseudonyms))),
            .. configuration.Value is { } valid ? [.. Part("status.json", () => Status(valid, pseudonyms, now)), .. Part("metrics.prom", () => Metrics(valid))] : Array.Empty<(string, byte[])>(),
            .. further,
        ];
        using var content = new MemoryStream();
        using (var zipped = new GZipStream(content, CompressionLevel.Optimal, leaveOpen: true))
        using (var archive = new TarWriter(zipped, TarEntryFormat.Ustar))
        {
            foreach (var (name, bytes) in entries)
            {
                // No owner's name, no time of a file.
                archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, Root + name)
                {
                    Mode = OwnerOnly,
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    DataStream = new MemoryStream(bytes, writable: false),
                });
            }
        }

        Put(file, content);
    }

    private static void Put(string file, MemoryStream content)
    {
        using var target = new FileStream(
            file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = OwnerOnly });
        try
        {
            content.WriteTo(target);
            target.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    private static JsonObject About<T>(ConfigurationResult<T> configuration, DateTimeOffset now)
        where T : RelayConfiguration => new()
        {
            ["made"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
            ["program"] = Assembly.GetEntryAssembly()?.GetName().Name,
            ["version"] = typeof(SupportBundle).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            ["kind"] = configuration.Value is { } value ? value.Relays ? "float" : "node" : "unknown",
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = RuntimeInformation.OSDescription,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
            ["processors"] = Environment.ProcessorCount,
            ["memory_mib"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
            ["configuration_errors"] = configuration.Errors.Length,
            ["left_out"] = "keys, certificates, messages, and the log, whose lines name peers",
        };

    private static JsonObject Survey(ImmutableArray<Finding> findings, Pseudonyms pseudonyms) => new()
    {
        ["healthy"] = SurveyText.IsHealthy(findings),
        ["findings"] = new JsonArray([.. findings.Select(finding => new JsonObject
        {
            ["level"] = SurveyText.Word(finding.Level),
            ["check"] = finding.Check,
            ["subject"] = pseudonyms.Of(finding.Subject),
            ["code"] = finding.Code,
        })]),
    };

    /// <summary>A part whose making failed says so in its place, with the kind of failure alone: what a failure says may hold names.</summary>
    private static IEnumerable<(string Name, byte[] Content)> Part(string name, Func<byte[]?> make)
    {
        byte[]? made;
        try
        {
            made = make();
        }
#pragma warning disable CA1031 // Whatever it is, the other parts go into the bundle.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            made = Json(new JsonObject { ["failed"] = failure.GetType().Name });
        }

        return made is null ? [] : [(name, made)];
    }

    /// <summary>Of the status text links and counters; null: nothing runs.</summary>
    private static byte[]? Status(RelayConfiguration configuration, Pseudonyms pseudonyms, DateTimeOffset now) =>
        RunState.Of(configuration, now).Status is not { } status ? null : Json(new JsonObject
        {
            ["links"] = new JsonArray([.. status.Links.Select(link => new JsonObject
            {
                ["peer"] = pseudonyms.Of(link.Key),
                ["state"] = StatusFile.IsState(link.Value.State) ? link.Value.State : "unknown",
            })]),
            ["warnings"] = status.Warnings.Count,
            ["counts"] = new JsonObject(status.Counts.GroupBy(count => count.Name, StringComparer.Ordinal).Where(group => KnownWords.IsCounter(group.Key))
                .Select(group => KeyValuePair.Create(group.Key, (JsonNode?)group.Sum(count => count.Count)))),
        });

    /// <summary>The figures that it writes for Prometheus; null: there are none.</summary>
    private static byte[]? Metrics(RelayConfiguration configuration) =>
        configuration.Metrics.File is { } file && MetricsFile.TryRead(file) is { } metrics ? Encoding.ASCII.GetBytes(metrics) : null;

    private static byte[] Json(JsonObject value) => Encoding.UTF8.GetBytes(value.ToJsonString(Readable) + "\n");
}
