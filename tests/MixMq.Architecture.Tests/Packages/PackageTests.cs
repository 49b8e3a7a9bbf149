using System.Globalization;
using System.Text.RegularExpressions;

namespace MixMq.Architecture.Tests.Packages;

/// <summary>The Debian packages and the units in them, with the programs that administrators use.</summary>
public sealed partial class PackageTests(PackageTests.Built built) : IClassFixture<PackageTests.Built>
{
    private const double MostExposed = 2.0;

    [Needs("dpkg-deb")]
    public void The_package_of_a_float_holds_the_five_assemblies_its_unit_and_texts_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var content = folder.Path;
        Assert.Equal(0, Script.Run("dpkg-deb", "-x", Assert.Single(Directory.GetFiles(built.Packages, "mixmq-float_*.deb")), content).ExitCode);

        var files = Directory.EnumerateFiles(content, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(content, file), File.ReadAllBytes);

        Assert.Equal(
            Layout.Float.Select(name => $"usr/lib/mixmq/float/{name}.dll")
                .Concat(["lib/systemd/system/mixmq-float.service"])
                .Concat(["usr/lib/mixmq/float/MixMq.Float", "usr/lib/mixmq/float/MixMq.Float.deps.json", "usr/lib/mixmq/float/MixMq.Float.runtimeconfig.json"])
                .Concat(["usr/share/doc/mixmq-float/README.md", "usr/share/doc/mixmq-float/copyright"])
                .Order(StringComparer.Ordinal),
            files.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(FloatContents.Breaches(files));
    }

    [Needs("systemd-analyze")]
    public void The_units_leave_little_exposed()
    {
        foreach (var unit in Directory.GetFiles(Repository.FullPath("packaging/systemd"), "*.service"))
        {
            var (_, output) = Script.Run("systemd-analyze", "security", "--offline=true", "--no-pager", unit);
            var overall = Overall().Match(output);

            Assert.True(overall.Success, output);
            Assert.InRange(double.Parse(overall.Groups[1].Value, CultureInfo.InvariantCulture), 0, MostExposed);
        }
    }

    [Needs("dpkg-deb", "dpkg", "unshare", "ip", "python3", "setpriv", Mounting = true)]
    public void The_packages_are_installed_run_upgraded_removed_and_purged()
    {
        var (exitCode, output) = Script.Run("packaging/try-debs.sh", built.Packages);

        Assert.True(exitCode == 0, output);
        Assert.EndsWith("try-debs: all well\n", output, StringComparison.Ordinal);
    }

    /// <summary>The packages, built when the first test asks.</summary>
    public sealed class Built : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private bool _isBuilt;

        /// <summary>The folder that they are in. The tests of a class run one after the other.</summary>
        public string Packages
        {
            get
            {
                if (!_isBuilt)
                {
                    var (exitCode, output) = Script.Run("packaging/build-debs.sh", "--no-build", "--out", _folder.Path);
                    Assert.True(exitCode == 0, output);
                    _isBuilt = true;
                }

                return _folder.Path;
            }
        }

        public void Dispose() => _folder.Dispose();
    }

    [GeneratedRegex(@"Overall exposure level for \S+: ([0-9.]+)")]
    private static partial Regex Overall();
}
