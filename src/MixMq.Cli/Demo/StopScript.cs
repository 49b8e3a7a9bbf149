using System.Text;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Demo;

/// <summary>The script that stops a network that was kept, and removes its folder.</summary>
internal static class StopScript
{
    /// <summary>Writes it. A process id counts only while its command line names the folder: ids are used again.</summary>
    public static string Write(string root, IEnumerable<int> processIds)
    {
        var path = Path.Combine(root, "stop");
        SecretFile.Create(path, Encoding.UTF8.GetBytes($$"""
            #!/bin/sh
            # Stops the demo's network and removes this folder.
            root='{{root.Replace("'", "'\\''", StringComparison.Ordinal)}}'
            ours() { tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" | grep -qF "$root/"; }
            pids='{{string.Join(' ', processIds)}}'
            for pid in $pids; do ours "$pid" && kill -TERM "$pid"; done
            tries=0
            while [ "$tries" -lt 100 ]; do
              left=''
              for pid in $pids; do ours "$pid" && left=yes; done
              [ -z "$left" ] && break
              tries=$((tries + 1))
              sleep 0.1
            done
            for pid in $pids; do ours "$pid" && kill -KILL "$pid"; done
            rm -rf "$root"

            """));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
