using MixMq.Endpoint;
using MixMq.Overlay;

namespace MixMq.Simulation.Nodes;

/// <summary>An input of an application's to the endpoint core.</summary>
internal delegate void EndpointCall(EndpointCore core, Moment now, EndpointPort port);
