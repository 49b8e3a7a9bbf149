using System.Text.Json.Nodes;
using MixMq.Sphinx;

namespace MixMq.Cli.Packets;

/// <summary>What unwrapping a packet gave.</summary>
/// <param name="Result">The outcome.</param>
/// <param name="Packet">The packet as the unwrap left it.</param>
/// <param name="Opened">Which secret it opened with, counted from 0; −1 when none did, or when it was a replay.</param>
/// <param name="ReplayTag">16 bytes where a secret opened it.</param>
internal sealed record PacketOutcome(UnwrapResult Result, byte[] Packet, int Opened, byte[] ReplayTag)
{
    /// <summary>What goes to a file: the next packet, the message, or lane B; null where there is nothing.</summary>
    public byte[]? Content => Result.Kind switch
    {
        UnwrapKind.Relay => Packet,
        UnwrapKind.Deliver or UnwrapKind.Reply => Packet[Result.Offset..(Result.Offset + Result.Length)],
        _ => null,
    };

    public JsonObject ToJson() => Result.Kind switch
    {
        UnwrapKind.Relay => new JsonObject
        {
            ["outcome"] = "relay",
            ["next"] = HexText.Write(Result.Next.ToArray()),
            ["delay_ms"] = Result.DelayMs,
            ["packet"] = HexText.Write(Packet),
            ["replay"] = HexText.Write(ReplayTag),
        },
        UnwrapKind.Deliver => new JsonObject
        {
            ["outcome"] = "deliver",
            ["message"] = HexText.Write(Content),
            ["replay"] = HexText.Write(ReplayTag),
        },
        UnwrapKind.Reply => new JsonObject
        {
            ["outcome"] = "reply",
            ["surb_id"] = SurbIdText,
            ["lane_b"] = HexText.Write(Content),
            ["replay"] = HexText.Write(ReplayTag),
        },
        UnwrapKind.Cover => new JsonObject
        {
            ["outcome"] = "drop",
            ["replay"] = HexText.Write(ReplayTag),
        },
        _ => new JsonObject
        {
            ["outcome"] = "dropped",
            ["reason"] = Result.Reason.ToString(),
        },
    };

    public string SurbIdText
    {
        get
        {
            Span<byte> id = stackalloc byte[SurbId.ByteLength];
            Result.SurbId.CopyTo(id);
            return HexText.Write(id);
        }
    }
}
