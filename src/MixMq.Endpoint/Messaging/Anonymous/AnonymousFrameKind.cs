namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>What an anonymous frame is about.</summary>
internal enum AnonymousFrameKind : byte
{
    Fragment = 1,
    Withdrawal = 2,
}
