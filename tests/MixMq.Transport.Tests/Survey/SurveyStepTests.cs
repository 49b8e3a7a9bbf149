using System.Collections.Immutable;
using MixMq.Transport.Survey;

namespace MixMq.Transport.Tests.Survey;

/// <summary>A part of a survey that fails is a finding, and takes nothing else with it.</summary>
public sealed class SurveyStepTests
{
    [Fact]
    public void What_was_found_before_the_failure_stays_and_the_failure_is_said_without_moving_the_cursor()
    {
        var found = SurveyStep.Take("folder", "bank-b", Look);
        Assert.Equal(["ok", "failed-FormatException"], found.Select(finding => finding.Code));
        Assert.Equal((FindingLevel.Problem, "folder", "bank-b"), (found[1].Level, found[1].Check, found[1].Subject));
        Assert.Contains("FormatException: \\u{1b}[2Jno", found[1].Text, StringComparison.Ordinal);
        Assert.NotEmpty(found[1].Advice);

        static IEnumerable<Finding> Look()
        {
            yield return Finding.Ok("folder", "bank-b", "there");
            throw new FormatException("\u001b[2Jno");
        }
    }

    [Fact]
    public async Task So_it_is_where_it_is_waited_for_and_whoever_gives_up_is_heard()
    {
        var found = await SurveyStep.TakeAsync("peer", "b", () => Task.FromException<ImmutableArray<Finding>>(new InvalidOperationException("x")), CancellationToken.None);
        Assert.Equal("failed-InvalidOperationException", Assert.Single(found).Code);
        static Task<ImmutableArray<Finding>> Cancelled() => Task.FromException<ImmutableArray<Finding>>(new OperationCanceledException());
        using var ended = new CancellationTokenSource();

        // A limit of the part's own isn't the operator's wish.
        Assert.Equal("failed-OperationCanceledException", Assert.Single(await SurveyStep.TakeAsync("peer", "b", Cancelled, ended.Token)).Code);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SurveyStep.TakeAsync("peer", "b", Cancelled, ended.Token));
    }
}
