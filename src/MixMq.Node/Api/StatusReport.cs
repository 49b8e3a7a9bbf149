using System.Collections.Immutable;
using System.Reflection;
using MixMq.Contracts.Control.V1;
using MixMq.Endpoint;
using MixMq.Node.Configuration;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Storage;
using MixMq.Transport.Tls;
using OverlayLinkStatus = MixMq.Overlay.Links.LinkStatus;
using WireState = MixMq.Contracts.Control.V1.LinkState;

namespace MixMq.Node.Api;

/// <summary>Puts the snapshots of a node's parts into the control protocol's messages.</summary>
internal static class StatusReport
{
    private static readonly string Version =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    internal static NodeStatus Of(
        NodeConfiguration configuration, NodeAddress own, DateTimeOffset started, OverlaySnapshot overlay, TopologyView view, ImmutableArray<CertificateReport> certificates, EndpointSnapshot endpoint, StoreCounts store, bool isShort)
    {
        var status = new NodeStatus
        {
            Address = own.ToString(),
            Network = configuration.Network.Definition.Name,
            Version = Version,
            StartedUnixMs = started.ToUnixTimeMilliseconds(),
            Epoch = overlay.Epoch,
            RttMs = endpoint.RoundTripMs,
            Topology = new TopologySummary
            {
                Nodes = (uint)view.Nodes.Length,
                Links = (uint)(view.Nodes.Sum(node => node.Links.Length) / 2),
                OwnSequence = overlay.OwnSequence,
                Digest = Convert.ToHexStringLower(overlay.TopologyDigest.AsSpan()),
            },
            Messaging = Counters(configuration.Inbox, endpoint, store, isShort),
            Views = Views(endpoint.Views),
            Loops = LoopStatusMessage.Of(configuration.Loops.PerMinute, endpoint.Loops),
            Admission = overlay.Admission is { } admission ? AdmissionReport.Of(admission, configuration.Admission) : null,
        };
        status.Certificates.AddRange(certificates.Select(Certificate));
        status.Links.AddRange(overlay.Links.Select(Link));
        status.Quarantined.AddRange(overlay.Equivocations.Select(TopologyReport.Quarantined));
        foreach (var drop in overlay.Drops)
        {
            status.Drops.Add(new Contracts.Control.V1.DropCount { Reason = drop.Cause.ToString(), Count = (ulong)drop.Count });
        }

        foreach (var refusal in overlay.Refusals)
        {
            status.Drops.Add(new Contracts.Control.V1.DropCount { Reason = $"Link{refusal.Reason}", Count = (ulong)refusal.Count });
        }

        foreach (var (cause, count) in endpoint.Drops)
        {
            status.Drops.Add(new Contracts.Control.V1.DropCount { Reason = cause.ToString(), Count = (ulong)count });
        }

        return status;
    }

    internal static WireState StateOf(LinkSnapshot link) => link.Status switch
    {
        OverlayLinkStatus.Up => WireState.Up,
        OverlayLinkStatus.Suspect => WireState.Suspect,
        OverlayLinkStatus.Dialling or OverlayLinkStatus.Connecting => WireState.Connecting,
        _ => link.LastRefusal is { NeedsOperator: true } ? WireState.Refused : WireState.Down,
    };

    private static Contracts.Control.V1.LinkStatus Link(LinkSnapshot link) => new()
    {
        Name = link.Peer,
        Address = link.Address.ToString(),
        State = StateOf(link),
        Reason = link.Status is OverlayLinkStatus.Up ? "" : link.LastRefusal?.Describe() ?? link.LastClose?.ToString() ?? "",
        RttMs = (link.RoundTripMicros ?? 0) / 1000.0,
    };

    private static CertificateStatus Certificate(CertificateReport certificate) => new()
    {
        Peer = certificate.Peer ?? "",
        Pin = certificate.Pin.ToString(),
        NotAfterUnixMs = certificate.NotAfter.ToUnixTimeMilliseconds(),
        Warning = certificate.Warning,
    };

    private static Contracts.Control.V1.ViewComparison Views(MixMq.Endpoint.Messaging.ViewComparison views) => new()
    {
        Suspicion = views.Suspicion switch
        {
            MixMq.Endpoint.Messaging.ViewSuspicion.None => Contracts.Control.V1.ViewSuspicion.None,
            MixMq.Endpoint.Messaging.ViewSuspicion.Note => Contracts.Control.V1.ViewSuspicion.Note,
            _ => Contracts.Control.V1.ViewSuspicion.Warning,
        },
        SinceUnixMs = views.SinceUnixMillis,
        Compared = (uint)views.Compared,
        Agreeing = (uint)views.Agreeing,
        Differing = (uint)views.Differing,
        Unanswered = (uint)views.Unanswered,
        ClockDiffers = (uint)views.ClockDiffers,
        Missing = (uint)views.Missing,
        Older = (uint)views.Older,
        OnlyHere = (uint)views.OnlyHere,
        Contradictory = (uint)views.Contradictory,
        Agreement = views.Agreement,
        Rounds = (ulong)views.Rounds,
        Findings = (ulong)views.Findings,
    };

    /// <summary>What became of messages is counted in the store, so that it outlives the process; traffic is counted since the start.</summary>
    private static MessagingCounters Counters(InboxLimits limits, EndpointSnapshot endpoint, StoreCounts store, bool isShort) => new()
    {
        Accepted = (ulong)(store.Pending + store.Acknowledged + store.Expired),
        Acknowledged = (ulong)store.Acknowledged,
        Expired = (ulong)store.Expired,
        Pending = (ulong)store.Pending,
        Received = (ulong)(store.Waiting + store.Held + store.Consumed),
        Waiting = (ulong)store.Waiting,
        Consumed = (ulong)store.Consumed,
        AnonymousPending = (ulong)endpoint.AnonymousUnsettled,
        RepliesAwaited = (ulong)endpoint.Questions,
        RepliesPending = (ulong)endpoint.Replies,
        Retransmissions = (ulong)endpoint.Retransmissions,
        FragmentsSent = (ulong)endpoint.FragmentsSent,
        DuplicatesRemoved = (ulong)endpoint.DuplicateFragments,
        PathsUsed = (ulong)endpoint.DifferentPaths,
        PathLinksMin = (uint)endpoint.MinPathLinks,
        PathLinksMax = (uint)endpoint.MaxPathLinks,
        NoPath = (ulong)endpoint.UnreachableRecipients,
        Quarantined = (ulong)store.Quarantined,
        DeadLetters = (ulong)store.DeadLetters,
        StoreShort = isShort,
        Gaps = (ulong)store.Gaps,
        Recalled = (ulong)endpoint.Recalled,
        InboxMessages = (ulong)endpoint.InboxMessages,
        InboxBytes = (ulong)endpoint.InboxBytes,
        InboxMessagesMax = (ulong)limits.Messages,
        InboxBytesMax = (ulong)limits.Bytes,
        RefusalsSent = (ulong)endpoint.RefusalsSent,
        RefusalsReceived = (ulong)endpoint.RefusalsReceived,
        TooLarge = (ulong)endpoint.TooLarge,
        PingsSent = (ulong)endpoint.PingsSent,
        PingsAnswered = (ulong)endpoint.PingsAnswered,
        PingAnswersSent = (ulong)endpoint.PingAnswersSent,
        RefusedConversations = (ulong)endpoint.HeldBackConversations,
        JoiningConversations = (ulong)endpoint.JoiningConversations,
        ApartConversations = (ulong)endpoint.ApartConversations,
    };
}
