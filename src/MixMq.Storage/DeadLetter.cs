using MixMq.Endpoint.Messaging;

namespace MixMq.Storage;

/// <summary>A message that no consumer could take.</summary>
/// <param name="Number">From 1, in the order in which they came here.</param>
/// <param name="Entry">The message. In lists it has no content.</param>
/// <param name="ContentLength">Bytes of its content.</param>
/// <param name="Cause">Why it is here.</param>
/// <param name="Consumer">Who had it last; may be empty.</param>
/// <param name="Deliveries">How often it was given to a consumer that didn't keep it.</param>
/// <param name="DiedUnixMillis">When it came here.</param>
public sealed record DeadLetter(long Number, InboxEntry Entry, long ContentLength, string Cause, string Consumer, int Deliveries, long DiedUnixMillis);
