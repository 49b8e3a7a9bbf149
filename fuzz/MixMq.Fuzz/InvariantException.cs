namespace MixMq.Fuzz;

/// <summary>A target found something to be so that mustn't be.</summary>
internal sealed class InvariantException(string message) : Exception(message)
{
    public static void Require(bool condition, string whatMustHold)
    {
        if (!condition)
        {
            throw new InvariantException(whatMustHold);
        }
    }
}
