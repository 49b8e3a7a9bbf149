using System.Runtime.CompilerServices;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Node.Configuration;
using MixMq.Node.Messaging;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Storage;
using MixMq.Transport.Configuration;

namespace MixMq.Node.Api;

/// <summary>The control API over the node's parts. Thread-safe; its statuses are those that Protos/control.proto names.</summary>
internal sealed partial class ControlService(NodeService node, NodeConfiguration configuration, Names names) : INodeControl
{
    private const int PageItems = 64;
    private const long PageBytes = 8 << 20;
    private readonly AnonymityRun _analysis = new();

    public async Task<NodeStatus> GetStatusAsync(GetStatusRequest request, GrpcCallContext context) => StatusReport.Of(
        configuration,
        node.Address,
        node.Started,
        await node.Overlay.SnapshotAsync(),
        node.Overlay.CurrentView ?? TopologyView.Empty,
        node.Overlay.Certificates,
        await node.Endpoint.SnapshotAsync(),
        node.Store.RecentCounts(),
        node.Store.IsShortOfSpace);

    public async Task<MetricsText> GetMetricsAsync(GetMetricsRequest request, GrpcCallContext context) => new() { Text = await node.Overlay.Metrics.CollectAsync() };

    public async Task<NetworkTopology> GetTopologyAsync(GetTopologyRequest request, GrpcCallContext context)
    {
        var overlay = await node.Overlay.SnapshotAsync();
        return TopologyReport.Of(node.Overlay.CurrentView ?? TopologyView.Empty, overlay.Equivocations, node.Address, names);
    }

    public async Task<GraphAnonymity> AnalyzeAnonymityAsync(AnalyzeAnonymityRequest request, GrpcCallContext context)
    {
        var view = node.Overlay.CurrentView ?? TopologyView.Empty;
        var epoch = (await node.Overlay.SnapshotAsync()).Epoch;
        return AnonymityMessage.Of(await _analysis.RunAsync(view, configuration.Network, (uint)epoch, context.CancellationToken), names);
    }

    public async Task<SendResponse> SendAsync(SendRequest request, GrpcCallContext context) => Answer(await node.Endpoint.SubmitAsync(ToSubmit(request)));

    public async Task<TrackResponse> TrackAsync(TrackRequest request, GrpcCallContext context)
    {
        if (request.MessageId.Length != MessageId.ByteCount)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"A message id has {MessageId.ByteCount} bytes.");
        }

        MessageId id = MessageId.FromBytes(request.MessageId.Span);
        if (node.Store.Track(id) is not { } track)
        {
            return new TrackResponse { State = DeliveryState.Unknown };
        }

        // An acknowledged one has none.
        Hindrance hindrance = track.Status == OutboxStatus.Acknowledged ? default : await node.Endpoint.HindranceOfAsync(id, track.Recipient, track.Sequence);
        return new TrackResponse
        {
            State = track.Status switch
            {
                OutboxStatus.Acknowledged => DeliveryState.Acknowledged,
                OutboxStatus.Expired => DeliveryState.Expired,
                _ => DeliveryState.Pending,
            },
            AcceptedUnixMs = track.CreatedUnixMillis,
            AcknowledgedUnixMs = track.Status == OutboxStatus.Acknowledged ? track.SettledUnixMillis : 0,
            ExpiresUnixMs = track.ExpiresUnixMillis,
            To = track.Answers is null ? track.Recipient.ToString() : "",
            Sequence = track.Sequence,
            Damaged = track.Damaged,
            Answers = track.Answers is { } answered ? ByteString.CopyFrom(answered.ToArray()) : ByteString.Empty,
            ReplySurbs = track is { Answers: { } question, Status: OutboxStatus.Pending } ? (uint)await node.Endpoint.SurbsForReplyAsync(question) : 0,
            Reply = ReplyOf(id),
            Refused = track.Status == OutboxStatus.Pending && hindrance.Refused,
            ContentLimit = (ulong)(hindrance.ContentLimit ?? 0),
        };
    }

    public async IAsyncEnumerable<ReceivedMessage> PeekAsync(
        PeekRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ulong after = request.AfterPosition;
        uint left = request.MaxMessages == 0 ? uint.MaxValue : request.MaxMessages;
        while (left > 0)
        {
            // Asked for before the read: what becomes ready in between completes it.
            Task more = node.Endpoint.Ready.Next();
            IReadOnlyList<InboxItem> page = node.Store.ReadInbox(after, (int)Math.Min(left, PageItems), PageBytes);
            foreach (InboxItem item in page)
            {
                yield return Message(item);
                after = item.Entry.Position;
                left--;
            }

            if (page.Count > 0)
            {
                continue;
            }

            if (!request.Follow)
            {
                yield break;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    public async Task<ListPeersResponse> ListPeersAsync(ListPeersRequest request, GrpcCallContext context)
    {
        var overlay = await node.Overlay.SnapshotAsync();
        var states = overlay.Links.ToDictionary(link => link.Address, StatusReport.StateOf);
        var response = new ListPeersResponse();
        response.Peers.AddRange(node.Overlay.Peers.Select(peer => new Peer
        {
            Name = peer.Name,
            Address = peer.Address.ToString(),
            Direction = Direction(peer),
            Endpoint = peer.Dial?.ToString() ?? "",
            State = states.GetValueOrDefault(peer.Address),
        }));
        return response;
    }

    public Task<ListContactsResponse> ListContactsAsync(ListContactsRequest request, GrpcCallContext context)
    {
        var response = new ListContactsResponse();
        response.Contacts.AddRange(names.Contacts.Select(contact => new Contact { Name = contact.Name, Address = contact.Address.ToString() }));
        return Task.FromResult(response);
    }

    public async Task<ReloadConfigurationResponse> ReloadConfigurationAsync(ReloadConfigurationRequest request, GrpcCallContext context)
    {
        ReloadOutcome outcome = await node.Overlay.ReloadConfigurationAsync();
        var response = new ReloadConfigurationResponse();
        response.Errors.AddRange(outcome.Errors.Select(error => error.ToString()));
        response.Added.AddRange(outcome.Added);
        response.Changed.AddRange(outcome.Changed);
        response.Removed.AddRange(outcome.Removed);
        response.Further.AddRange(outcome.Further);
        response.NextStart.AddRange(outcome.NextStart);
        return response;
    }

    private ReceivedMessage Message(InboxItem item) => Message(item, node.Overlay.CurrentMap);

    private ReceivedMessage Message(InboxItem item, NetworkMapView map) => new()
    {
        Position = item.Entry.Position,
        MessageId = ByteString.CopyFrom(item.Entry.Id.ToArray()),
        From = AnonymousPlaces.IsAnonymous(item.Entry.Place) ? "" : item.Entry.Place.Sender.ToString(),
        Anonymous = AnonymousPlaces.IsAnonymous(item.Entry.Place),
        FromName = names.Of(item.Entry.Place.Sender),
        FromLegalName = map.NameOf(item.Entry.Place.Sender)?.Text ?? "",
        FromPresent = map.Successions.Last(item.Entry.Place.Sender) is var present && present != item.Entry.Place.Sender ? present.ToString() : "",
        FromEmergency = map.Successions.IsByEmergency(item.Entry.Place.Sender),
        Conversation = AnonymousPlaces.AnsweredBy(item.Entry) is null ? item.Entry.ConversationName : "",
        Answers = AnonymousPlaces.AnsweredBy(item.Entry) is { } answered ? ByteString.CopyFrom(answered.ToArray()) : ByteString.Empty,
        ReplyUntilUnixMs = AnonymousPlaces.IsAnonymous(item.Entry.Place) ? ReplyUntil(item.Entry.Id) : 0,
        Sequence = item.Entry.Place.Sequence,
        Label = item.Entry.Label,
        Content = UnsafeByteOperations.UnsafeWrap(item.Entry.Content),
        CreatedUnixMs = item.Entry.CreatedUnixMillis,
        CommittedUnixMs = item.Entry.ReceivedUnixMillis,
        Tombstone = item.Entry.Tombstone,
        Damaged = item.Damaged,
        Deliveries = (uint)item.Deliveries,
        Size = (ulong)(item.Entry.PartedContentBytes + item.Entry.Content.Length),
    };

    private static DialDirection Direction(PeerConfiguration peer) => (peer.Dial is not null, peer.Accept) switch
    {
        (true, true) => DialDirection.Both,
        (true, false) => DialDirection.Dial,
        (false, true) => DialDirection.Accept,
        _ => DialDirection.Unspecified,
    };

    private static GrpcStatusCode StatusOf(SubmitRefusal refusal) => refusal switch
    {
        SubmitRefusal.OutboxFull or SubmitRefusal.RecipientQueueFull or SubmitRefusal.Busy or SubmitRefusal.StoreFull => GrpcStatusCode.ResourceExhausted,
        SubmitRefusal.TooManyReplies => GrpcStatusCode.ResourceExhausted,
        SubmitRefusal.NotAnswerable => GrpcStatusCode.NotFound,
        SubmitRefusal.AlreadyAnswered => GrpcStatusCode.AlreadyExists,
        SubmitRefusal.Stopping => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.InvalidArgument,
    };
}
