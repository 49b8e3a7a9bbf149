namespace MixMq.Storage;

/// <summary>Why something is in quarantine.</summary>
public enum DamageCause
{
    /// <summary>A row's columns aren't those that were written.</summary>
    RowChecksum = 1,

    /// <summary>A content isn't the one that was written.</summary>
    ContentChecksum = 2,

    /// <summary>A row says that there is a content, and there is none.</summary>
    ContentMissing = 3,

    /// <summary>A content to which no row belongs any more.</summary>
    RowMissing = 4,

    /// <summary>An index didn't say what its rows say: it was made anew from them, and nothing of them is lost.</summary>
    IndexWrong = 5,

    /// <summary>A row was gone, and with it all that it said: one that says so stands in its place.</summary>
    RowGone = 6,
}
