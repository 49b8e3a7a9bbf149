using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Files;

/// <summary>
/// Calls when something may have happened to one of some files: the system's events (inotify) of the folders that they are in. Events of a
/// file that a symbolic link points to are not among them, and events can be lost; who must know looks from time to time too.
/// </summary>
internal sealed class FolderEvents : IDisposable
{
    private readonly List<FileSystemWatcher> _watchers = [];

    internal FolderEvents(IEnumerable<string> files, Action changed, ILogger log)
    {
        foreach (var folder in files.Distinct(StringComparer.Ordinal).GroupBy(file => Path.GetDirectoryName(file)!, StringComparer.Ordinal))
        {
            FileSystemWatcher? watcher = null;
            try
            {
                watcher = new FileSystemWatcher(folder.Key);
                foreach (var file in folder)
                {
                    watcher.Filters.Add(Path.GetFileName(file));
                }

                watcher.Changed += (_, _) => changed();
                watcher.Created += (_, _) => changed();
                watcher.Deleted += (_, _) => changed();
                watcher.Renamed += (_, _) => changed();
                watcher.Error += (_, _) => changed();
                watcher.EnableRaisingEvents = true;
                _watchers.Add(watcher);
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                // No inotify instance left, or the folder is gone: the looks from time to time remain.
                watcher?.Dispose();
                Log.NoEvents(log, e.GetType().Name);
            }
        }
    }

    public void Dispose() => _watchers.ForEach(watcher => watcher.Dispose());
}
