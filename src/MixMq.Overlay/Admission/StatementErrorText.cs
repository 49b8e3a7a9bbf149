namespace MixMq.Overlay.Admission;

/// <summary>What is wrong with a statement, in words for an operator.</summary>
public static class StatementErrorText
{
    /// <summary>Half a sentence that follows "it".</summary>
    /// <param name="error">Any but <see cref="StatementError.None"/>.</param>
    /// <returns>Without a full stop.</returns>
    public static string Describe(this StatementError error) => error switch
    {
        StatementError.TooLong => $"is longer than {AdmissionLimits.MaxStatementBytes} bytes",
        StatementError.Truncated => "ends too early; it was cut off on its way",
        StatementError.TrailingBytes => "goes on after its end",
        StatementError.UnknownVersion => "is of a version that this program doesn't know; update the program",
        StatementError.UnknownKind => "is of a kind that this program doesn't know; update the program",
        StatementError.InvalidNumber => "has a number out of range",
        StatementError.InvalidTimes => "has a time out of range",
        StatementError.InvalidFlags => "has unknown flags or no role",
        StatementError.InvalidText => "has a name that is empty, no UTF-8, or with control characters",
        StatementError.InvalidParameters => "has parameters that contradict each other",
        StatementError.InvalidAuthorities => "has a wrong list of authorities or a threshold out of range",
        StatementError.InvalidRevocations => "has a wrong list of addresses",
        StatementError.InvalidSignatures => "has a wrong list of signatures",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Not an error."),
    };
}
