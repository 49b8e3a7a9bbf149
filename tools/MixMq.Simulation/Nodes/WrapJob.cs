using MixMq.Endpoint.Messaging;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Nodes;

/// <summary>A message that waits for a crypto worker to be wrapped.</summary>
internal sealed record WrapJob(PathHop[] Path, byte[] Message, MessageId? Loop = null);
