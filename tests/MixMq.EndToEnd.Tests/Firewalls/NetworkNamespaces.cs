using System.Diagnostics;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>How network namespaces are made here, and why not where they can't be.</summary>
internal static class NetworkNamespaces
{
    private const string Trial = """
        set -e
        ip link add one type veth peer name two
        nft -f - <<END
        table ip trial {
          chain forward {
            type filter hook forward priority 0; policy drop;
            ct state established,related accept
          }
        }
        END
        """;

    private static readonly string[] Programs = ["unshare", "nsenter", "ip", "nft", "python3", "bash"];
    private static readonly Lazy<(bool InUser, string? Missing)> Tried = new(Try);

    /// <summary>What a test that needs them is skipped with; null: they can be made.</summary>
    public static string? Missing => Tried.Value.Missing;

    /// <summary>
    /// Whether they belong to a user namespace, in which an ordinary user may do all of this. It is the first choice for root too, so that one way is
    /// tested; without it root has them made directly.
    /// </summary>
    public static bool InUser => Tried.Value.InUser;

    /// <summary>Debian's administrators have these folders on their path, others don't.</summary>
    public static string SearchPath => Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";

    /// <summary>A process that sees the folders of administrators.</summary>
    public static Process Start(params IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("/usr/bin/env", command)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = SearchPath;
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    private static (bool InUser, string? Missing) Try()
    {
        var absent = Programs.Where(program => !SearchPath.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))).ToArray();
        if (absent.Length > 0)
            return (false, $"Not installed: {string.Join(", ", absent)}; tools/install-test-tools.sh installs Debian's packages util-linux, iproute2, nftables and python3.");
        if (TryIn("unshare", "--user", "--map-root-user", "--net") is not { } refusal)
            return (true, null);
        return TryIn("unshare", "--net") is null ? (false, null) : (false, $"Network namespaces with nftables can't be made here: {refusal}");
    }

    /// <summary>Null: all of it works.</summary>
    private static string? TryIn(params string[] unshare)
    {
        using var process = Start([.. unshare, "sh", "-c", Trial]);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : errors.Trim().ReplaceLineEndings(" ");
    }
}
