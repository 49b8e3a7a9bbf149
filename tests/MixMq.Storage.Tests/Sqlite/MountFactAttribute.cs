using System.Globalization;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A test that mounts a small file system, for which it needs the right to (CAP_SYS_ADMIN); it is skipped without.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    private const int SysAdmin = 21;

    public MountFactAttribute()
    {
        if (!MayMount())
        {
            Skip = "Mounting a small file system needs CAP_SYS_ADMIN and unshare(1).";
        }
    }

    private static bool MayMount()
    {
        const string field = "CapEff:";
        string? capabilities = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return capabilities is not null
            && (ulong.Parse(capabilities.AsSpan(field.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> SysAdmin & 1) == 1
            && File.Exists("/usr/bin/unshare");
    }
}
