using MixMq.Contracts.Control.V1;
using MixMq.Node.Survey;
using MixMq.Overlay.Map;
using MixMq.Transport.Survey;

namespace MixMq.Node.Tests;

/// <summary>What a survey makes of a running node's status.</summary>
public sealed class StatusFindingsTests
{
    [Fact]
    public void A_node_that_is_well_has_no_warnings() =>
        Assert.All(StatusFindings.Of(Well()), finding => Assert.Equal(FindingLevel.Ok, finding.Level));

    public static TheoryData<string, FindingLevel> Ills { get; } = new()
    {
        { "store full", FindingLevel.Problem },
        { "store quarantine", FindingLevel.Problem },
        { "store gaps", FindingLevel.Warning },
        { "store dead-letters", FindingLevel.Warning },
        { "inbox nearly-full", FindingLevel.Warning },
        { "outbox joining", FindingLevel.Warning },
        { "outbox apart", FindingLevel.Warning },
        { "views suspicion", FindingLevel.Problem },
        { "views difference", FindingLevel.Warning },
        { "clock differs", FindingLevel.Warning },
        { "admission refused", FindingLevel.Problem },
        { "admission warning", FindingLevel.Warning },
        { "admission replaced", FindingLevel.Problem },
        { "topology alone", FindingLevel.Warning },
        { "topology contradictions", FindingLevel.Warning },
        { "loops lost", FindingLevel.Warning },
        { "loops dropped-here", FindingLevel.Warning },
        { "loops no-path", FindingLevel.Warning },
    };

    [Theory]
    [MemberData(nameof(Ills))]
    public void Each_ill_is_named_as_serious_as_it_is(string ill, FindingLevel level)
    {
        var status = Well();
        switch (ill)
        {
            case "store full": status.Messaging.StoreShort = true; break;
            case "store quarantine": status.Messaging.Quarantined = 1; break;
            case "store gaps": status.Messaging.Gaps = 1; break;
            case "store dead-letters": status.Messaging.DeadLetters = 1; break;
            case "inbox nearly-full": status.Messaging.InboxBytes = 950; break;
            case "outbox joining": status.Messaging.JoiningConversations = 2; break;
            case "outbox apart": status.Messaging.ApartConversations = 1; break;
            case "views suspicion": status.Views.Suspicion = ViewSuspicion.Warning; break;
            case "views difference": status.Views.Suspicion = ViewSuspicion.Note; break;
            case "clock differs": status.Views.ClockDiffers = 1; break;
            case "admission refused": status.Admission = new AdmissionStatus { Required = true }; break;
            case "admission warning": status.Admission = new AdmissionStatus { Admitted = true, Warnings = { "ends soon" } }; break;
            case "admission replaced": status.Admission = new AdmissionStatus { Admitted = true, ReplacedBy = "mix1other" }; break;
            case "topology alone": status.Topology.Nodes = 1; break;
            case "loops lost": status.Loops.Warning = true; break;
            case "loops dropped-here": status.Loops.Surb.Dropped = 20; break;
            case "loops no-path": status.Loops.NotSent = 20; break;
            case "topology contradictions": status.Quarantined.Add(new QuarantinedOrigin()); break;
        }

        var found = StatusFindings.Of(status).Where(finding => finding.Level > FindingLevel.Note).ToList();
        var finding = Assert.Single(found);
        Assert.Equal((ill, level), ($"{finding.Check} {finding.Code}", finding.Level));
        Assert.Equal(level != FindingLevel.Problem, SurveyText.IsHealthy(found));
    }

    [Theory]
    [Trait("Spec", "ADM-35")]
    [InlineData(false)]
    [InlineData(true)]
    public void An_address_given_to_another_key_is_told_from_its_field_whatever_warnings_say(bool isEmergency)
    {
        var status = Well();
        status.Admission = new AdmissionStatus { Admitted = true, Warnings = { ReplacedAddress.Describe(isEmergency) } };
        Assert.DoesNotContain(StatusFindings.Of(status), finding => finding.Code == "replaced");
        status.Admission = new AdmissionStatus { Admitted = true, ReplacedBy = "mix1other", ReplacedByEmergency = isEmergency };
        var found = Assert.Single(StatusFindings.Of(status), finding => finding.Code == "replaced");
        Assert.Equal(isEmergency, found.Text.Contains("an emergency one", StringComparison.Ordinal));
        Assert.DoesNotContain("mix1other", found.Text + found.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Loops_are_told_by_figures_and_where_there_are_none_or_too_few_that_is_said()
    {
        Finding Loops(NodeStatus status) => Assert.Single(StatusFindings.Of(status), finding => finding.Check == "loops");
        Assert.Equal("62 of the last 64 came back; as packets within 210 ms (median), 480 ms (99 of 100), 12 ms beyond their delays; as replies within 260 ms (median), 520 ms (99 of 100), 14 ms beyond their delays", Loops(Well()).Text);
        var few = Well();
        few.Loops.Judged = 3;
        Assert.Equal((FindingLevel.Note, "too-few"), (Loops(few).Level, Loops(few).Code));
        var none = Well();
        none.Loops.PerMinute = 0;
        Assert.Equal((FindingLevel.Note, "none"), (Loops(none).Level, Loops(none).Code));
    }

    private static NodeStatus Well() => new()
    {
        Topology = new TopologySummary { Nodes = 9, Links = 20 },
        Views = new ViewComparison { Suspicion = ViewSuspicion.None, Compared = 3, Agreeing = 3 },
        Loops = new LoopStatus
        {
            PerMinute = 6, Judged = 64, JudgedLost = 2,
            Forward = new LoopFigures { Sent = 50, Returned = 49, Lost = 1, Measured = 49, MedianMs = 210, P99Ms = 480, ExcessMs = 12 },
            Surb = new LoopFigures { Sent = 50, Returned = 49, Lost = 1, Measured = 49, MedianMs = 260, P99Ms = 520, ExcessMs = 14 },
        },
        Messaging = new MessagingCounters { InboxMessages = 1, InboxMessagesMax = 100, InboxBytes = 10, InboxBytesMax = 1000 },
    };
}
