namespace MixMq.Cli.Packets;

/// <summary>A part of a packet or SURB.</summary>
/// <param name="Name">Its name in the specification.</param>
/// <param name="Offset">Where it starts.</param>
/// <param name="Bytes">How long it is.</param>
internal sealed record PacketField(string Name, int Offset, int Bytes);
