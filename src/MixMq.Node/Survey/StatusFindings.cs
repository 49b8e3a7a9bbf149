using System.Collections.Immutable;
using System.Globalization;
using MixMq.Contracts.Control.V1;
using MixMq.Overlay.Map;
using MixMq.Transport.Survey;

namespace MixMq.Node.Survey;

/// <summary>What a running node's status says that an operator should know; each thing looked at gives one finding at least.</summary>
internal static class StatusFindings
{
    private const double FullInbox = 0.9;

    /// <summary>What is looked at, apart, so that one that fails leaves the others.</summary>
    internal static ImmutableArray<(string Check, Func<NodeStatus, IEnumerable<Finding>> Look)> Parts { get; } =
    [
        ("topology", Topology),
        ("views", status => Views(status.Views ?? new ViewComparison())),
        ("admission", status => Admission(status.Admission)),
        ("loops", status => LoopFindings.Of(status.Loops)),
        ("store", status => Store(status.Messaging ?? new MessagingCounters())),
    ];

    internal static IEnumerable<Finding> Of(NodeStatus status) => Parts.SelectMany(part => part.Look(status));

    internal static IEnumerable<Finding> OfStore(long quarantined, long deadLetters, long gaps)
    {
        if (quarantined > 0)
        {
            yield return new Finding(FindingLevel.Problem, "store", "", "quarantine", $"the disk has damaged {quarantined} rows, which were taken out of use", "check the disk; mixmq restore puts a backup back");
        }

        if (gaps > 0)
        {
            yield return new Finding(FindingLevel.Warning, "store", "", "gaps", $"there are {gaps} records of lost messages", "see mixmq gaps");
        }

        if (deadLetters > 0)
        {
            yield return new Finding(FindingLevel.Warning, "store", "", "dead-letters", $"{deadLetters} messages couldn't be taken by any consumer", "see mixmq deadletter list");
        }
    }

    private static IEnumerable<Finding> Topology(NodeStatus status)
    {
        uint nodes = status.Topology?.Nodes ?? 0;
        yield return nodes < 3
            ? new Finding(FindingLevel.Warning, "topology", "", "alone", $"only {nodes} nodes are known, this one included, so there is hardly anybody to send to", "see the links")
            : Finding.Ok("topology", "", $"{nodes} nodes and {status.Topology!.Links} links are known; whether paths hide enough says: mixmq topology --anonymity");
        if (status.Quarantined.Count > 0)
        {
            yield return new Finding(
                FindingLevel.Warning, "topology", "", "contradictions", $"{status.Quarantined.Count} nodes have signed two records with one sequence", "their operators run a key in two places, or it was stolen; see mixmq topology");
        }
    }

    private static IEnumerable<Finding> Views(ViewComparison views)
    {
        if (views.ClockDiffers > 0)
        {
            yield return new Finding(
                FindingLevel.Warning, "clock", "", "differs", $"the clocks of {views.ClockDiffers} correspondents are far from this machine's", views.ClockDiffers > views.Compared ? "this machine's is probably the wrong one" : "theirs are probably wrong");
        }

        yield return views.Suspicion switch
        {
            ViewSuspicion.Warning => new Finding(
                FindingLevel.Problem, "views", "", "suspicion", $"{views.Differing} of {views.Compared} correspondents lastingly see another network", "the neighbours may be showing a false one; link others as well, see mixmq status"),
            ViewSuspicion.Note => new Finding(FindingLevel.Warning, "views", "", "difference", $"{views.Differing} of {views.Compared} correspondents lastingly see another network", "see mixmq status"),
            _ when views.Compared == 0 => new Finding(FindingLevel.Note, "views", "", "not-compared", "no correspondent's view of the network has been compared yet"),
            _ => Finding.Ok("views", "", $"{views.Agreeing} of {views.Compared} correspondents see the same network"),
        };
    }

    private static IEnumerable<Finding> Admission(AdmissionStatus? admission)
    {
        if (admission is null)
        {
            yield break;
        }

        if (admission.ReplacedBy.Length > 0)
        {
            yield return new Finding(FindingLevel.Problem, "admission", "", "replaced", ReplacedAddress.Happened(admission.ReplacedByEmergency), ReplacedAddress.Advice);
        }

        foreach (string warning in admission.Warnings)
        {
            yield return new Finding(FindingLevel.Warning, "admission", "", "warning", warning);
        }

        yield return admission is { Required: true, Admitted: false }
            ? new Finding(FindingLevel.Problem, "admission", "", "refused", "the network admits only whom its authorities have, and this node isn't admitted", "see network:admission; the authorities make one with mixmq network admit")
            : Finding.Ok("admission", "", admission.Admitted ? "this node belongs to the network" : "the network is open to all");
    }

    private static IEnumerable<Finding> Store(MessagingCounters counters)
    {
        if (counters.StoreShort)
        {
            yield return new Finding(FindingLevel.Problem, "store", "", "full", "its disk is full: what was accepted is completed, nothing new is taken", "make room");
        }

        yield return Finding.Ok("store", "", string.Create(CultureInfo.InvariantCulture, $"{counters.Pending} messages to send, {counters.Waiting} to consume"));
        foreach (Finding finding in OfStore((long)counters.Quarantined, (long)counters.DeadLetters, (long)counters.Gaps))
        {
            yield return finding;
        }

        if (counters.InboxMessages > FullInbox * counters.InboxMessagesMax || counters.InboxBytes > FullInbox * counters.InboxBytesMax)
        {
            yield return new Finding(FindingLevel.Warning, "inbox", "", "nearly-full", "more than nine tenths of the inbox are full; what comes then is refused for now", "let the application consume, or raise inboxMessages and inboxMiB");
        }

        if (counters.JoiningConversations > 0)
        {
            yield return new Finding(
                FindingLevel.Warning, "outbox", "", "joining",
                $"nothing leaves of {counters.JoiningConversations} conversations: each was begun twice, under two addresses of one recipient, who must say first which of the two it has, or what is under way in them must end",
                "this node asks again, up to once a minute; see with mixmq ping whether the recipients answer, and have their operators see that their nodes run and let this one write; what can't wait: mixmq cancel, and send it in another conversation");
        }

        if (counters.ApartConversations > 0)
        {
            yield return new Finding(
                FindingLevel.Warning, "outbox", "", "apart",
                $"{counters.ApartConversations} conversations were begun under a later address of a recipient and can't become one with those of their name under an earlier one, because messages of both were acknowledged before a store was lost or put back: what waits in them isn't delivered, what is sent from now on is",
                "mixmq cancel what waits, and send it again, where the recipient doesn't say that it has it; see mixmq map successions");
        }

        if (counters.RefusedConversations > 0)
        {
            yield return new Finding(FindingLevel.Note, "outbox", "", "refused", $"{counters.RefusedConversations} conversations wait because their recipients have no room for now");
        }
    }
}
