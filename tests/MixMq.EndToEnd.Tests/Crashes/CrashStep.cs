namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>A durable step of a message's life, and the side of it on which the node dies.</summary>
public enum CrashStep
{
    /// <summary>The sender's node is about to commit what it was given: the application has no answer, and nothing is kept.</summary>
    BeforeAcceptance,

    /// <summary>It has committed, and hasn't answered.</summary>
    AfterAcceptance,

    /// <summary>The recipient's node is about to commit what came.</summary>
    BeforeDelivery,

    /// <summary>It has committed, and hasn't acknowledged.</summary>
    AfterDelivery,

    /// <summary>The acknowledgement has come, and the sender's node is about to commit that.</summary>
    BeforeSettlement,

    /// <summary>It has.</summary>
    AfterSettlement,
}
