using System.Runtime.InteropServices;

namespace MixMq.Cli.Benchmarks;

/// <summary>What a sender did in one turn: messages a second, and microseconds of its node's processor time for each.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SenderTurn(double PerSecond, double MicrosPerMessage);
