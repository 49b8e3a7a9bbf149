using System.Collections.Immutable;

namespace MixMq.Transport.Survey;

/// <summary>The boundary of a part of a survey: what goes wrong in it is a finding like others, and the rest goes on.</summary>
public static class SurveyStep
{
    /// <summary>What a part finds, and that it failed if it did; what it found until then stays.</summary>
    /// <param name="check">What is looked at.</param>
    /// <param name="subject">Whose; empty: the node's own.</param>
    /// <param name="look">The part.</param>
    public static ImmutableArray<Finding> Take(string check, string subject, Func<IEnumerable<Finding>> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        var found = ImmutableArray.CreateBuilder<Finding>();
        try
        {
            foreach (var finding in look())
            {
                found.Add(finding);
            }
        }
#pragma warning disable CA1031 // Whatever a part throws is what it found.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            found.Add(Failed(check, subject, failure));
        }

        return found.ToImmutable();
    }

    /// <inheritdoc cref="Take"/>
    /// <param name="check">What is looked at.</param>
    /// <param name="subject">Whose; empty: the node's own.</param>
    /// <param name="look">The part.</param>
    /// <param name="cancellation">Gives up the survey; a part that was cancelled by something else has failed.</param>
    public static async Task<ImmutableArray<Finding>> TakeAsync(string check, string subject, Func<Task<ImmutableArray<Finding>>> look, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(look);
        try
        {
            return await look();
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return [Failed(check, subject, failure)];
        }
    }

    /// <summary>That a part failed. The code names the kind of failure alone, since it goes into bundles.</summary>
    public static Finding Failed(string check, string subject, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new Finding(
            FindingLevel.Problem,
            check,
            subject,
            $"failed-{failure.GetType().Name}",
            $"couldn't be looked at: {failure.GetType().Name}: {SurveyText.Foreign(failure.Message)}",
            "the rest of the survey doesn't depend on it; if the reason isn't on this machine, it is a defect of MixMq: tell its developers, with a --bundle");
    }
}
