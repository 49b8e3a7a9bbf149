using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging;

/// <summary>A message whose fragments are being gathered, as stored.</summary>
/// <param name="Place">Its place.</param>
/// <param name="Id">Its id.</param>
/// <param name="Envelope">Its verified envelope.</param>
/// <param name="ContentLength">Bytes of the whole content.</param>
/// <param name="FragmentCount">How many fragments there are.</param>
/// <param name="Fragments">The indices that are stored, in any order; those below <paramref name="Leading"/> need not be named.</param>
/// <param name="InParts">The content is read in parts, by <see cref="IEndpointSink.ReadPartialPart"/>, and becomes the inbox entry's as it is.</param>
/// <param name="Leading">All fragments below this index are stored.</param>
public sealed record PartialState(
    Place Place, MessageId Id, ReadOnlyMemory<byte> Envelope, long ContentLength, int FragmentCount, ImmutableArray<int> Fragments, bool InParts = false, int Leading = 0);
