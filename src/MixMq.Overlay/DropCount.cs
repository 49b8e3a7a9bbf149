using System.Runtime.InteropServices;

namespace MixMq.Overlay;

/// <summary>One drop counter's state.</summary>
/// <param name="Cause">What it counts.</param>
/// <param name="Count">How many since the core was made.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DropCount(DropCause Cause, long Count);
