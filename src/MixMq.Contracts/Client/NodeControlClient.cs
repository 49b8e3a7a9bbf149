using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// A node's control service, called over its socket. What each call does, its ranges and its status codes are written in
/// Protos/control.proto. Safe for concurrent calls from any thread.
/// </summary>
/// <remarks>
/// Every call throws <see cref="NodeNotRunningException"/> when nothing listens, <see cref="RpcException"/> for another status than OK
/// (DEADLINE_EXCEEDED after <c>timeout</c>), and <see cref="OperationCanceledException"/> when the token is signalled.
/// </remarks>
public sealed class NodeControlClient : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Calls over a channel, which this client then owns.</summary>
    public NodeControlClient(GrpcChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        _channel = channel;
    }

    /// <summary>Makes a client of the node whose control socket this is; nothing is connected yet.</summary>
    /// <exception cref="ArgumentException">The path is empty or over 107 bytes.</exception>
    public static NodeControlClient ForUnixSocket(string path, TimeProvider? timeProvider = null) =>
        new(GrpcChannel.ForUnixSocket(path, timeProvider));

    /// <summary>The node, its links and its counters.</summary>
    public Task<NodeStatus> GetStatusAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetStatus, new GetStatusRequest(), timeout, cancellationToken);

    /// <summary>The network as the node knows it.</summary>
    public Task<NetworkTopology> GetTopologyAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetTopology, new GetTopologyRequest(), timeout, cancellationToken);

    /// <summary>The node's figures as Prometheus text.</summary>
    public Task<MetricsText> GetMetricsAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetMetrics, new GetMetricsRequest(), timeout, cancellationToken);

    /// <summary>What the network as the node knows it does for the anonymity of paths.</summary>
    public Task<GraphAnonymity> AnalyzeAnonymityAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.AnalyzeAnonymity, new AnalyzeAnonymityRequest(), timeout, cancellationToken);

    /// <summary>Hands a message to the node; the answer comes when the node has it on disk.</summary>
    public Task<SendResponse> SendAsync(SendRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Send, request, timeout, cancellationToken);

    /// <summary>Hands a message of any size to the node, its content read from a stream; the answer comes when the node has all of it on disk.</summary>
    /// <param name="message">The message, without content.</param>
    /// <param name="content">The content: from where it stands to its end. The caller's.</param>
    /// <param name="size">Bytes that it will have; 0: not known.</param>
    /// <param name="progress">Told how many bytes the node has taken so far; null: nobody.</param>
    /// <param name="cancellationToken">Gives it up; then the node has nothing of it.</param>
    public Task<SendResponse> SendContentAsync(
        SendRequest message, Stream content, long size = 0, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        new ContentSender(_channel).SendAsync(message, content, size, progress, cancellationToken);

    /// <summary>A message's content from an offset on, in chunks.</summary>
    public IAsyncEnumerable<ContentChunk> ReadContentAsync(ReadContentRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.ReadContent, request, timeout, cancellationToken);

    /// <summary>Replies to an anonymous message that came here; the answer comes when the node has the reply on disk.</summary>
    public Task<SendResponse> ReplyAsync(ReplyRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Reply, request, timeout, cancellationToken);

    /// <summary>What has become of a message.</summary>
    public Task<TrackResponse> TrackAsync(TrackRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Track, request, timeout, cancellationToken);

    /// <summary>Ends a message before its time.</summary>
    public Task<CancelResponse> CancelAsync(CancelRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Cancel, request, timeout, cancellationToken);

    /// <summary>Asks whether another endpoint answers: an event when the ping has left, and one when it has ended.</summary>
    public IAsyncEnumerable<PingEvent> PingAsync(PingRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.Ping, request, timeout, cancellationToken);

    /// <summary>Opens a stream of messages for a consumer. The caller disposes of it; see <see cref="ConsumerStream"/>.</summary>
    /// <param name="consumer">The consumer's name: 1 to 64 bytes of UTF-8.</param>
    /// <param name="credit">How many messages may come before more are granted: 0 to 10,000.</param>
    /// <param name="maxDeliveries">After so many deliveries in vain a message goes to the dead letters: 1 to 1,000; 0: the node's default.</param>
    /// <param name="cancellationToken">Breaks the stream off.</param>
    public async Task<ConsumerStream> ReceiveAsync(string consumer, int credit, int maxDeliveries = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        ArgumentOutOfRangeException.ThrowIfNegative(credit);
        ArgumentOutOfRangeException.ThrowIfNegative(maxDeliveries);
        var stream = new ConsumerStream(consumer, _channel.Duplex(NodeControlMethods.Receive, timeout: null, cancellationToken));
        try
        {
            await stream.OpenAsync((uint)credit, (uint)maxDeliveries);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>What is in the inbox and not consumed, and with <c>follow</c> what comes later. Only to look at.</summary>
    public IAsyncEnumerable<ReceivedMessage> PeekAsync(PeekRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.Peek, request, timeout, cancellationToken);

    /// <summary>Consumes, sends and replaces a consumer's state, all of it or nothing.</summary>
    public Task<CheckpointResponse> CheckpointAsync(CheckpointRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Checkpoint, request, timeout, cancellationToken);

    /// <summary>What a consumer's last checkpoint left.</summary>
    public Task<GetStateResponse> GetStateAsync(string consumer, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetState, new GetStateRequest { Consumer = consumer }, timeout, cancellationToken);

    /// <summary>Messages that no consumer could take, without contents.</summary>
    public IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(
        ListDeadLettersRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.ListDeadLetters, request, timeout, cancellationToken);

    /// <summary>One of them with its content.</summary>
    public Task<DeadLetter> GetDeadLetterAsync(long number, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.GetDeadLetter, new GetDeadLetterRequest { Number = number }, timeout, cancellationToken);

    /// <summary>Puts dead letters back into the inbox.</summary>
    public Task<ReplayDeadLettersResponse> ReplayDeadLettersAsync(
        ReplayDeadLettersRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.ReplayDeadLetters, request, timeout, cancellationToken);

    /// <summary>Copies the node's store into a file on its machine.</summary>
    public Task<BackupResponse> BackupAsync(string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.Backup, new BackupRequest { Path = path }, timeout, cancellationToken);

    /// <summary>Places whose messages are lost.</summary>
    public IAsyncEnumerable<MessageGap> ListGapsAsync(ListGapsRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.ListGaps, request, timeout, cancellationToken);

    /// <summary>The configured peers.</summary>
    public Task<ListPeersResponse> ListPeersAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.ListPeers, new ListPeersRequest(), timeout, cancellationToken);

    /// <summary>The configured contacts.</summary>
    public Task<ListContactsResponse> ListContactsAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.ListContacts, new ListContactsRequest(), timeout, cancellationToken);

    /// <summary>Has the node read its configuration file again.</summary>
    public Task<ReloadConfigurationResponse> ReloadConfigurationAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.ReloadConfiguration, new ReloadConfigurationRequest(), timeout, cancellationToken);

    /// <summary>The network map, all of it.</summary>
    public IAsyncEnumerable<NetworkMapEntry> ListMapAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.ListMap, new ListMapRequest(), timeout, cancellationToken);

    /// <summary>The successor statements that the node holds.</summary>
    public IAsyncEnumerable<SuccessionStatus> ListSuccessionsAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.ServerStreamingAsync(NodeControlMethods.ListSuccessions, new ListSuccessionsRequest(), timeout, cancellationToken);

    /// <summary>Gives the node an entry of the map, or a successor statement.</summary>
    public Task<AddMapEntryResponse> AddMapEntryAsync(AddMapEntryRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(NodeControlMethods.AddMapEntry, request, timeout, cancellationToken);

    /// <summary>Closes the channel.</summary>
    public void Dispose() => _channel.Dispose();
}
