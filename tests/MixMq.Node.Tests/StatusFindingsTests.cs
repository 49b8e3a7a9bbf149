using MixMq.Contracts.Control.V1;
using MixMq.Node.Survey;
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
        { "views suspicion", FindingLevel.Problem },
        { "views difference", FindingLevel.Warning },
        { "clock differs", FindingLevel.Warning },
        { "admission refused", FindingLevel.Problem },
        { "admission warning", FindingLevel.Warning },
        { "topology alone", FindingLevel.Warning },
        { "topology contradictions", FindingLevel.Warning },
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
            case "views suspicion": status.Views.Suspicion = ViewSuspicion.Warning; break;
            case "views difference": status.Views.Suspicion = ViewSuspicion.Note; break;
            case "clock differs": status.Views.ClockDiffers = 1; break;
            case "admission refused": status.Admission = new AdmissionStatus { Required = true }; break;
            case "admission warning": status.Admission = new AdmissionStatus { Admitted = true, Warnings = { "ends soon" } }; break;
            case "topology alone": status.Topology.Nodes = 1; break;
            case "topology contradictions": status.Quarantined.Add(new QuarantinedOrigin()); break;
        }

        var found = StatusFindings.Of(status).Where(finding => finding.Level > FindingLevel.Note).ToList();
        var finding = Assert.Single(found);
        Assert.Equal((ill, level), ($"{finding.Check} {finding.Code}", finding.Level));
        Assert.Equal(level != FindingLevel.Problem, SurveyText.IsHealthy(found));
    }

    private static NodeStatus Well() => new()
    {
        Topology = new TopologySummary { Nodes = 9, Links = 20 },
        Views = new ViewComparison { Suspicion = ViewSuspicion.None, Compared = 3, Agreeing = 3 },
        Messaging = new MessagingCounters { InboxMessages = 1, InboxMessagesMax = 100, InboxBytes = 10, InboxBytesMax = 1000 },
    };
}
