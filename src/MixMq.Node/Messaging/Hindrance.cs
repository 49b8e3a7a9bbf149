namespace MixMq.Node.Messaging;

/// <summary>What a message's recipient has against it.</summary>
/// <param name="Refused">It is pending, and refused for now.</param>
/// <param name="ContentLimit">Its content is longer than the recipient takes, which is so many bytes: it ends before its time. Null: it isn't, or that is forgotten.</param>
internal readonly record struct Hindrance(bool Refused, long? ContentLimit);
