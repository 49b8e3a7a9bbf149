using MixMq.Overlay.Links;

namespace MixMq.Overlay;

/// <summary>Something an operator wants to know of a link, for the log and the counters. It names a peer by its configured name alone.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Peer">The peer's configured name; null where it isn't known which one it was.</param>
/// <param name="Refusal">Why the connection was turned away; null for the other kinds.</param>
/// <param name="Reason">Why the link went down; null for the other kinds.</param>
public readonly record struct LinkEvent(LinkEventKind Kind, string? Peer, LinkRefusal? Refusal = null, LinkCloseReason? Reason = null);
