using System.Collections;
using System.Text.RegularExpressions;
using MixMq.Node.Configuration;
using MixMq.Transport.Configuration;
using MixMq.Transport.Configuration.Migration;

namespace MixMq.Node.Tests.Configuration;

/// <summary>
/// Names of settings don't change unseen. <c>settings.txt</c> has every path that any version of the configuration knew: a new one is put there, and one that goes
/// becomes a step of <see cref="ConfigurationHistory.Own"/>, so that <c>mixmq config migrate</c> and the error of the loader know of it.
/// </summary>
public sealed partial class SettingNamesTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("mixmq-node-").FullName, "node.json");

    private static readonly string[] Settings = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Configuration", "settings.txt"));

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    public static TheoryData<string> Paths => [.. Settings];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_name_that_was_once_in_use_is_read_or_was_migrated(string path)
    {
        IEnumerable<ConfigurationError> errors = Load(path).Errors.Where(error => string.Equals(error.Path, Elements(path), StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(errors, error => error.Message.Contains("unknown key", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_name_that_is_read_is_in_the_list()
    {
        var known = new SortedSet<string>(Settings.SelectMany(path => Load(path).KnownPaths).Select(path => Element().Replace(path, ":*")), StringComparer.OrdinalIgnoreCase);
        string[] missing = [.. known.Where(path => !Settings.Contains(path, StringComparer.OrdinalIgnoreCase) && !Settings.Any(other => other.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)))];
        Assert.True(missing.Length == 0, "put into tests/MixMq.Node.Tests/Configuration/settings.txt:\n" + string.Join('\n', missing));
    }

    /// <summary>A setting alone in a configuration that is wrong in every other way; those that are looked at only beside another have that beside them.</summary>
    private ConfigurationResult<NodeConfiguration> Load(string path)
    {
        File.WriteAllText(_file, "{}");
        string[] beside = path is "network:admission" or "network:revocations" or "network:successions" ? ["network:parameters"] : [];
        return ConfigurationLoader.Load(
            _file, new Hashtable(), [.. beside.Append(Elements(path)).Select(name => KeyValuePair.Create(name, "1"))], NodeConfiguration.Read);
    }

    private static string Elements(string path) => path.Replace("*", "0", StringComparison.Ordinal);

    [GeneratedRegex(":[0-9]+(?=:|$)")]
    private static partial Regex Element();
}
