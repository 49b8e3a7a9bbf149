namespace MixMq.Overlay.Map;

/// <summary>
/// What an operator is told whose node's own address was given to another key by a successor statement. No address is in it, so that logs and what is handed to others for support can hold it.
/// </summary>
public static class ReplacedAddress
{
    /// <summary>What a status text's line of it begins with.</summary>
    public const string Title = "replaced";

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

    /// <summary>The word behind <see cref="Title"/> in a status text.</summary>
    /// <param name="isEmergency">Whether the statement was made without the old key.</param>
    /// <returns>One word.</returns>
    public static string Word(bool isEmergency) => isEmergency ? "emergency" : "succession";

    /// <summary>What such a word says.</summary>
    /// <param name="word">Any text.</param>
    /// <returns>Whether the statement was made without the old key; null: it isn't one of the words.</returns>
    public static bool? OfWord(string word) => word == Word(isEmergency: true) ? true : word == Word(isEmergency: false) ? false : null;

    /// <summary>What has happened and what to do.</summary>
    /// <param name="isEmergency">Whether the statement was made without the old key.</param>
    /// <returns>Whole sentences, on one line.</returns>
    public static string Describe(bool isEmergency) => $"{Happened(isEmergency)} {Advice}";
}
