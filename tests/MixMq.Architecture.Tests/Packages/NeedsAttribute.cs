using System.Globalization;

namespace MixMq.Architecture.Tests.Packages;

/// <summary>A test that needs programs, and perhaps the right to mount; it is skipped, and says what is missing, without.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsAttribute : FactAttribute
{
    private const int SysAdmin = 21;

    public NeedsAttribute(params string[] programs) => Skip = Missing(programs);

    /// <summary>Whether the test mounts an overlay in namespaces of its own.</summary>
    public bool Mounting
    {
        get;
        set
        {
            field = value;
            Skip ??= !value || MayMount() ? null : "Installing packages in a copy of the machine needs CAP_SYS_ADMIN and overlayfs: run the tests as root to enable it.";
        }
    }

    private static string? Missing(string[] programs)
    {
        var missing = programs.Where(program => !Folders().Any(folder => File.Exists(Path.Combine(folder, program)))).ToArray();
        return missing.Length == 0 ? null : $"Not installed: {string.Join(", ", missing)}; Debian's packages systemd, dpkg, iproute2, util-linux and python3 have them.";
    }

    private static IEnumerable<string> Folders() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin");

    private static bool MayMount()
    {
        const string field = "CapEff:";
        var capabilities = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return capabilities is not null
            && (ulong.Parse(capabilities.AsSpan(field.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> SysAdmin & 1) == 1
            && File.ReadLines("/proc/filesystems").Any(line => line.EndsWith("overlay", StringComparison.Ordinal));
    }
}
