namespace MixMq.Overlay.Map;

/// <summary>
/// What an operator is told whose node's own address was given to another key by a successor statement. No address is in it, so that logs and what is handed to others for support can hold it.
/// </summary>
public static class ReplacedAddress
{
    /// <summary>What to do.</summary>
    public const string Advice =
        "If you didn't do this, call the network's authorities at once, and not through this network: somebody else is being put in your place. If you did, stop this node and start it with the new key. "
        + "`mixmq map successions` shows the statement.";

    /// <summary>What has happened.</summary>
    /// <param name="isEmergency">Whether the statement was made without the old key.</param>
    /// <returns>Whole sentences, on one line.</returns>
    public static string Happened(bool isEmergency) =>
        "This node's own address was given to another key by a successor statement"
        + (isEmergency ? ", an emergency one, for which this node's key wasn't asked" : " that this node's key has signed")
        + ": what others send from now on goes to that key, and can't be read here.";

    /// <summary>What has happened and what to do.</summary>
    /// <param name="isEmergency">Whether the statement was made without the old key.</param>
    /// <returns>Whole sentences, on one line.</returns>
    public static string Describe(bool isEmergency) => $"{Happened(isEmergency)} {Advice}";

    /// <summary>Whether a warning is the one that <see cref="Describe"/> gives.</summary>
    /// <param name="warning">Any text.</param>
    /// <param name="isEmergency">Whether the statement was made without the old key.</param>
    /// <returns>False also where it is another's words for the same.</returns>
    public static bool IsIn(string warning, out bool isEmergency)
    {
        ArgumentNullException.ThrowIfNull(warning);
        isEmergency = warning.StartsWith(Happened(isEmergency: true), StringComparison.Ordinal);
        return isEmergency || warning.StartsWith(Happened(isEmergency: false), StringComparison.Ordinal);
    }
}
