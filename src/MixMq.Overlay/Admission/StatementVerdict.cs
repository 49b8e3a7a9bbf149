namespace MixMq.Overlay.Admission;

/// <summary>What a statement is to a node before its signatures are verified.</summary>
internal enum StatementVerdict
{
    /// <summary>To be verified, and taken if its signatures hold.</summary>
    Wanted,

    /// <summary>Known, or older than what is known.</summary>
    Known,

    /// <summary>Of another network, unsigned, or no kind that is gossiped: nobody who checks would hand it on.</summary>
    Wrong,

    /// <summary>Too few of the authorities that this node believes have signed it.</summary>
    Untrusted,

    /// <summary>It would change what can't change in a live network.</summary>
    CannotChange,
}
