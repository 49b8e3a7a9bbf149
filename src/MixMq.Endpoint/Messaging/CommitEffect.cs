using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging;

/// <summary>One thing that becomes true when a batch is durable; what target and number mean stands at the kind.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CommitEffect(CommitEffectKind Kind, object? Target, long Number);
