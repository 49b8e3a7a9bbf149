using System.Diagnostics;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// A file system of some megabytes in memory, over a folder, in a mount namespace of its own: those processes see it that are started in it. It is there until this is disposed of, or the
/// test's process has ended, however that ends; whoever is killed in it finds his files again.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const int WriteBytes = 1 << 16;
    private static readonly Lazy<string?> Tried = new(Try);
    private readonly Process _holder;
    private readonly string _folder;

    /// <param name="folder">What it lies over; made if it isn't there.</param>
    /// <param name="mebibytes">Its size.</param>
    public SmallDisk(string folder, int mebibytes)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        _holder = Hold($"mount -t tmpfs -o size={mebibytes}m,mode=700 tmpfs \"$0\" && echo mounted && exec cat", folder);
        if (_holder.StandardOutput.ReadLine() != "mounted")
            throw new InvalidOperationException($"No small file system: {_holder.StandardError.ReadToEnd()}");
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? Missing => Tried.Value;

    /// <summary>What a command begins with that is to see it.</summary>
    public IEnumerable<string> Prefix => ["nsenter", $"--mount=/proc/{_holder.Id}/ns/mnt"];

    /// <summary>Where others find a file of it.</summary>
    public string Outside(string path) => $"/proc/{_holder.Id}/root{path}";

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(Outside(Ballast), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var bytes = new byte[WriteBytes];
        try
        {
            while (true)
                ballast.Write(bytes);
        }
        catch (IOException)
        {
            // That was it.
        }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Outside(Ballast));

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }

    private string Ballast => Path.Combine(_folder, "ballast");

    private static Process Hold(string script, string argument)
    {
        var start = new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "sh", "-c", script, argument])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static string? Try()
    {
        try
        {
            var folder = Directory.CreateTempSubdirectory("disk-");
            using var process = Hold("mount -t tmpfs -o size=1m tmpfs \"$0\" && nsenter --mount=/proc/$$/ns/mnt true", folder.FullName);
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            folder.Delete();
            return process.ExitCode == 0 ? null : $"a small file system can't be mounted here: {errors.Trim().ReplaceLineEndings(" ")}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unshare(1) isn't installed";
        }
    }
}
