using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>A mix key as its owner publishes it.</summary>
/// <param name="Epoch">The epoch whose packets it opens.</param>
/// <param name="Key">The X25519 public key.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PublishedMixKey(uint Epoch, MixPublicKey Key);
