namespace MixMq.Transport.Executables;

/// <summary>How a float and a node end: what their exit code says.</summary>
public static class ExecutableEnd
{
    /// <summary>It ran, and was told to stop.</summary>
    public const int Success = 0;

    /// <summary>It couldn't start, or ended by itself.</summary>
    public const int RuntimeFailure = 1;

    /// <summary>Runs it to its end.</summary>
    /// <param name="run">Starts it and waits until it has stopped. Whoever is told to stop while it starts may end by <see cref="OperationCanceledException"/>, and so does a start that waits when its service fails.</param>
    /// <param name="hasFailed">Whether the service ended by itself. Called once, after <paramref name="run"/>.</param>
    /// <param name="isOperators">Whether an exception is one that an operator can mend: its message is for him. Any other isn't caught.</param>
    /// <param name="error">Takes that message, a line.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> OfAsync(Func<Task> run, Func<bool> hasFailed, Func<Exception, bool> isOperators, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(hasFailed);
        ArgumentNullException.ThrowIfNull(isOperators);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            await run();
        }
        catch (OperationCanceledException)
        {
            // Stopped while it started: by whom says the service.
        }
        catch (Exception failure) when (isOperators(failure))
        {
            await error.WriteLineAsync(failure.Message);
            return RuntimeFailure;
        }

        return hasFailed() ? RuntimeFailure : Success;
    }
}
