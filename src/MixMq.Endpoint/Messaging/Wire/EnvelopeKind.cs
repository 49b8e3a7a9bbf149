namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>What an envelope vouches for.</summary>
internal enum EnvelopeKind : byte
{
    Message = 1,
    Tombstone = 2,
}
