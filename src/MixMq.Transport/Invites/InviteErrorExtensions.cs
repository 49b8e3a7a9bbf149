namespace MixMq.Transport.Invites;

/// <summary>What an operator is told of an <see cref="InviteError"/>.</summary>
public static class InviteErrorExtensions
{
    /// <summary>A sentence that says what to do.</summary>
    /// <param name="error">Any error; <see cref="InviteError.None"/> gives an empty text.</param>
    /// <returns>One sentence.</returns>
    public static string Describe(this InviteError error) => error switch
    {
        InviteError.None => "",
        InviteError.NotFound => "There is no invite in this text; copy it whole, with the line that begins it and the one that ends it.",
        InviteError.TooLong => "This is longer than any invite; copy the invite alone.",
        InviteError.NotBase64 or InviteError.Damaged => "The invite was damaged on its way; have it sent again, and copy it whole.",
        InviteError.UnknownVersion => "The invite is of a newer version of MixMq; upgrade this one, or have it made with an older one.",
        InviteError.Malformed => "The invite is not as it should be; have its operator make another.",
        InviteError.BadSignature => "The invite's signature is wrong: it isn't from the node that it names, or it was changed. Ask its operator by another way before you go on.",
        InviteError.Expired => "The invite's time is over; have its operator make another.",
        InviteError.FromTheFuture => "The invite was made in the future; set the clock of this machine, or have that of its sender set.",
        InviteError.OtherNetwork => "The invite is for another network: the two nodes' sections 'network' differ.",
        _ => "The invite is this node's own; send it to the other operator.",
    };
}
