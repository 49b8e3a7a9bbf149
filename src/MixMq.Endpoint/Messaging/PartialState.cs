using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging;

/// <summary>A message whose fragments are being gathered, as stored.</summary>
/// <param name="Place">Its place.</param>
/// <param name="Id">Its id.</param>
/// <param name="Envelope">Its verified envelope.</param>
/// <param name="ContentLength">Bytes of the whole content.</param>
/// <param name="FragmentCount">How many fragments there are.</param>
/// <param name="Fragments">The indices that are stored, in any order.</param>
public sealed record PartialState(
    Place Place, MessageId Id, ReadOnlyMemory<byte> Envelope, int ContentLength, int FragmentCount, ImmutableArray<int> Fragments);
