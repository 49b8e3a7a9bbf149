namespace MixMq.Overlay.Topology;

/// <summary>What a <see cref="TopologyCore"/> counts. Values are array indices, without gaps.</summary>
public enum TopologyCounter
{
    /// <summary>Records taken into the database, the own ones aside.</summary>
    Accepted = 0,

    /// <summary>Records refused because a newer one is known.</summary>
    Stale,

    /// <summary>Records refused because they are known already.</summary>
    Known,

    /// <summary>Records refused because they have expired.</summary>
    Expired,

    /// <summary>Records refused because they are issued further in the future than clocks may differ.</summary>
    FromFuture,

    /// <summary>Records put off because their origin issues too many.</summary>
    Deferred,

    /// <summary>Records refused because the database is full.</summary>
    Full,

    /// <summary>Records evicted to make room for those of a neighbour that has told of fewer.</summary>
    Evicted,

    /// <summary>Origins found to contradict themselves, and quarantined.</summary>
    Equivocations,

    /// <summary>Records refused because their origin is quarantined.</summary>
    Quarantined,

    /// <summary>Records whose signature doesn't hold, or whose keys are no points of the curve.</summary>
    BadSignature,

    /// <summary>Verifications asked for.</summary>
    Verified,

    /// <summary>Records that needed no verification because the same bytes had been verified before.</summary>
    VerifiedBefore,

    /// <summary>Own records published.</summary>
    Published,

    /// <summary>Times an own record at or past the own sequence was heard.</summary>
    OwnJumps,

    /// <summary>Pulls sent.</summary>
    Pulls,

    /// <summary>Pulls that were not answered in time.</summary>
    PullTimeouts,

    /// <summary>Pulls of neighbours not answered because they ask too often.</summary>
    PullsRefused,

    /// <summary>Comparisons of the database with a neighbour's begun because its digest differed.</summary>
    Comparisons,

    /// <summary>Questions sent in comparisons.</summary>
    Questions,

    /// <summary>Questions that were not answered in time.</summary>
    QuestionTimeouts,

    /// <summary>Questions of neighbours not answered because they ask too often.</summary>
    QuestionsRefused,

    /// <summary>Announcements passed over because the neighbour had announced too much that isn't fetched yet.</summary>
    AnnouncementsPassed,

    /// <summary>Violations of the gossip protocol by neighbours.</summary>
    Faults,

    /// <summary>Records refused because their origin isn't admitted to the network.</summary>
    NotAdmitted,

    /// <summary>Parameters and revocation lists taken.</summary>
    StatementsTaken,

    /// <summary>Parameters and revocation lists not taken, because too few known authorities signed them or they can't hold in a live network.</summary>
    StatementsRefused,
}
