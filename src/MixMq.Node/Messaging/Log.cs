using Microsoft.Extensions.Logging;

namespace MixMq.Node.Messaging;

/// <summary>What the endpoint's shell logs: nothing about who, what or when of a message.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The endpoint core failed: {Failure} at {Place}. Please report this.")]
    internal static partial void CoreFailed(ILogger logger, string failure, string place);

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Warning,
        Message = "{Differing} of {Compared} correspondents see another network than this node: of at least {Missing} records this node lacks, {Older} it has in an older version, {OnlyHere} it alone has, {Contradictory} it has in another version of the same number. Its neighbours may be showing it a false view of the network: link it to another institution's float.")]
    internal static partial void ViewWarning(ILogger logger, int differing, int compared, int missing, int older, int onlyHere, int contradictory);

    [LoggerMessage(
        EventId = 3,
        Level = LogLevel.Information,
        Message = "{Differing} of {Compared} correspondents see another network than this node ({Missing} records missing here, {Older} older, {OnlyHere} only here, {Contradictory} contradictory). That is no proof: a correspondent may be wrong itself.")]
    internal static partial void ViewNote(ILogger logger, int differing, int compared, int missing, int older, int onlyHere, int contradictory);

    [LoggerMessage(
        EventId = 5,
        Level = LogLevel.Error,
        Message = "The disk of the message store is full: nothing new is accepted or received, what was accepted is completed from the reserve. Make room.")]
    internal static partial void StoreFull(ILogger logger);

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "The message store has room again.")]
    internal static partial void StoreHasRoom(ILogger logger);

    [LoggerMessage(
        EventId = 7,
        Level = LogLevel.Warning,
        Message = "{Lost} of the last {Judged} packets that this node sent to itself didn't come back. Lines or relays are failing, or somebody holds back packets to see where the others go. Look at mixmq status and at the links; where those are up, a further float of another institution tells more.")]
    internal static partial void LoopsLost(ILogger logger, int lost, int judged);

    [LoggerMessage(EventId = 8, Level = LogLevel.Information, Message = "Packets that this node sends to itself come back again: {Lost} of the last {Judged} didn't.")]
    internal static partial void LoopsReturn(ILogger logger, int lost, int judged);

    [LoggerMessage(
        EventId = 9,
        Level = LogLevel.Warning,
        Message = "The disk has damaged {Count} rows of the message store ({Kinds}); they are in quarantine, and nothing acts on them. Check the disk. What is lost comes back only with a backup: stop the node, and mixmq restore.")]
    internal static partial void StoreDamaged(ILogger logger, int count, string kinds);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "No correspondent sees another network than this node any more.")]
    internal static partial void ViewsAgree(ILogger logger);
}
