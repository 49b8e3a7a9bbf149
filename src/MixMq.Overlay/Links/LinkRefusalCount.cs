using System.Runtime.InteropServices;

namespace MixMq.Overlay.Links;

/// <summary>One refusal counter's state.</summary>
/// <param name="Reason">What it counts.</param>
/// <param name="Count">How many since the core was made.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LinkRefusalCount(LinkRefusalReason Reason, long Count);
