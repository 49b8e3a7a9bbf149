using MixMq.Cli.Output;
using Spectre.Console;

namespace MixMq.Cli.Local;

/// <summary>A bar that moves.</summary>
internal sealed class TerminalProgress(IAnsiConsole console) : IRunProgress
{
    public void Note(string text) => console.WriteLine(TerminalText.Escape(text));

    public Task RunAsync(string title, int total, Func<Action<int>, Task> work) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
        .StartAsync(async context =>
        {
            var task = context.AddTask(Markup.Escape(title), maxValue: Math.Max(1, total));
            await work(done => task.Value = done);
        });
}
