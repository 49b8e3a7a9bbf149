namespace MixMq.Cli.Local;

/// <summary>Lines, at most one a tenth of the work.</summary>
internal sealed class PlainProgress(TextWriter writer) : IRunProgress
{
    private readonly Lock _lock = new();

    public void Note(string text)
    {
        lock (_lock)
        {
            writer.WriteLine(text);
            writer.Flush();
        }
    }

    public Task RunAsync(string title, int total, Func<Action<int>, Task> work)
    {
        var shown = 0;
        return work(done =>
        {
            var tenth = total == 0 ? 10 : done * 10 / total;
            if (tenth <= shown)
                return;
            shown = tenth;
            Note($"{title}: {done} of {total}");
        });
    }
}
