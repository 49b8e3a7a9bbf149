using MixMq.Sphinx;

namespace MixMq.Overlay.Mixing;

/// <summary>From the packet format's reasons to the node's counters.</summary>
internal static class DropCauses
{
    public static DropCause Of(DropReason reason) => reason switch
    {
        DropReason.WrongLength or DropReason.WrongVersion => DropCause.PacketMalformed,
        DropReason.AlphaNotCanonical or DropReason.SharedSecretZero => DropCause.PacketElementInvalid,
        DropReason.KeyDestroyed => DropCause.MixKeyGone,
        DropReason.AuthenticationFailed => DropCause.PacketNotAuthentic,
        DropReason.Replayed => DropCause.PacketReplayed,
        DropReason.ReplayFilterFull => DropCause.ReplayFilterFull,
        DropReason.DelayAboveCap => DropCause.DelayTooLong,
        DropReason.UnknownCommand or DropReason.NonZeroReserved or DropReason.LengthTooLarge or DropReason.PaddingNotZero =>
            DropCause.PacketContentInvalid,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason to drop."),
    };
}
