using System.Collections.Immutable;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// What two neighbours send to a node about the map, as a sequence of steps. Ids of answers are made right, entries come from a table or from the
/// input, and whether a signature holds is in the input. Whatever was sent, only entries all of whose signatures were found good are in the map, and what is
/// stored is what is held.
/// </summary>
internal sealed class MapGossipTarget : FuzzTarget
{
    private const int MostSteps = 64;
    private static readonly ImmutableArray<MapStatement> Table =
    [
        Entry("CN=A", 1, 1), Entry("CN=a", 2, 2), Entry("CN=A", 2, 3), Entry("CN=B", 1, 0), Entry("CN=C", 1, 1, signers: 1), Entry("CN=D", 1, 1, notAfter: VirtualTime.StartUnixMillis + 90_000),
        Succeed(20, 21, 1), Succeed(20, 22, 1),
    ];

    private enum Step
    {
        Message, Summary, News, Names, Entries, Question, Pull, Verify, Wait, Link,
    }

    public override string Name => "map-gossip";

    public override IReadOnlyList<string> Parsers =>
        ["MixMq.Overlay.Map.MapExchange::", "MixMq.Overlay.Map.MapNames::", "MixMq.Overlay.Map.MapWriter::", "MixMq.Overlay.Map.NetworkMap::", "MixMq.Overlay.Map.MapEntry::TryParse", "MixMq.Overlay.Map.Succession::TryParse", "MixMq.Overlay.Map.Successions::"];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            byte[] fetch = [(byte)Step.News, 0x01, (byte)Step.Wait, 1, (byte)Step.Entries, 0x01, (byte)Step.Verify, 7];
            yield return ("fetch", [.. fetch, (byte)Step.Wait, 20]);
            yield return ("bad-signature", [(byte)Step.News, 0x01, (byte)Step.Wait, 1, (byte)Step.Entries, 0x01, (byte)Step.Verify, 1]);
            yield return ("all", [(byte)Step.News, 0xff, (byte)Step.Wait, 1, (byte)Step.Entries, 0xff, .. Enumerable.Repeat((byte[])[(byte)Step.Verify, 7], 8).SelectMany(step => step), (byte)Step.Wait, 100]);
            yield return ("contradiction", [.. fetch, (byte)Step.News, 0x06, (byte)Step.Wait, 1, (byte)Step.Entries, 0x06, (byte)Step.Verify, 7, (byte)Step.Verify, 7]);
            yield return ("asked", [.. fetch, 0x10 | (byte)Step.Question, 0, 0x10 | (byte)Step.Pull, 0x81]);
            yield return ("compared", [(byte)Step.Summary, 3, (byte)Step.Wait, 1, (byte)Step.Names, 0x83, (byte)Step.Wait, 1, (byte)Step.Entries, 0x03, (byte)Step.Names, 0x02]);
            yield return ("given-up", [(byte)Step.News, 0x03, (byte)Step.Wait, 200, (byte)Step.Entries, 0x03, 0x10 | (byte)Step.News, 0x03, (byte)Step.Wait, 255, 0x10 | (byte)Step.Entries, 0x03]);
            yield return ("flapping", [(byte)Step.News, 0x01, (byte)Step.Link, 0, (byte)Step.Link, 1, (byte)Step.Wait, 50]);
            yield return ("ends", [(byte)Step.News, 0x20, (byte)Step.Wait, 1, (byte)Step.Entries, 0x20, (byte)Step.Verify, 7, (byte)Step.Wait, 255, (byte)Step.Wait, 255, (byte)Step.Wait, 255, (byte)Step.Wait, 255]);
            yield return ("succession", [(byte)Step.News, 0x40, (byte)Step.Wait, 1, (byte)Step.Entries, 0x40, (byte)Step.Verify, 7, (byte)Step.News, 0xc0, (byte)Step.Wait, 1, (byte)Step.Entries, 0x80, (byte)Step.Verify, 7]);
            yield return ("malformed", [(byte)Step.Message, 4, .. FuzzInput.Chunk([1, 0, 0, 0, 1])]);
        }
    }

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MapSeat();
        var believed = new HashSet<RecordHash>();
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            Do(seat, believed, ref choices);
            Check(seat, believed);
        }

        seat.Advance(600_000_000);
        Check(seat, believed);
        return believed.Count > 0;
    }

    private static void Do(MapSeat seat, HashSet<RecordHash> believed, ref FuzzInput choices)
    {
        var head = choices.Byte();
        var from = (head >> 4) & 1;
        var asked = seat.LastAsked[from];
        ReadOnlySpan<byte> id = asked.Length > 0 ? asked.AsSpan(1, sizeof(uint)) : [1, 0, 0, 0];
        switch ((Step)(head & 0xf))
        {
            case Step.Message:
                var kind = (byte)((byte)GossipKind.MapSummary + (choices.Byte() % 5));
                seat.Hand(from, [kind, .. choices.Chunk()]);
                break;
            case Step.Summary:
                seat.Hand(from, [(byte)GossipKind.MapSummary, choices.Byte(), 0, .. new byte[RecordHash.Bytes]]);
                break;
            case Step.News:
                seat.Hand(from, Names([0, 0, 0, 0], more: false, choices.Byte()));
                break;
            case Step.Names:
                var mask = choices.Byte();
                seat.Hand(from, Names(id, more: (mask & 0x80) != 0, mask));
                break;
            case Step.Entries:
                seat.Hand(from, Entries(asked, choices.Byte()));
                break;
            case Step.Question:
                seat.Hand(from, [(byte)GossipKind.MapQuestion, 1, 0, 0, 0, choices.Byte(), .. new byte[RecordHash.Bytes - 1]]);
                break;
            case Step.Pull:
                var wanted = Hashes(choices.Byte());
                seat.Hand(from, [(byte)GossipKind.MapPull, 1, 0, 0, 0, (byte)wanted.Count, .. wanted.SelectMany(SmallNetwork.Bytes)]);
                break;
            case Step.Verify:
                seat.Verify(believed, choices.Byte());
                break;
            case Step.Wait:
                seat.Advance(choices.Byte() * 100_000L);
                break;
            default:
                seat.Link(from, up: (choices.Byte() & 1) != 0);
                break;
        }
    }

    private static void Check(MapSeat seat, HashSet<RecordHash> believed)
    {
        var map = seat.Core.Map;
        InvariantException.Require(map.Entries.All(entry => believed.Contains(entry.HashIn(SmallNetwork.Definition.Id))), "Only what was found good is in the map.");
        InvariantException.Require(map.Entries.All(entry => entry.CountSigners(MapSeat.Authorities) >= 2), "Enough authorities have signed what is in the map.");
        InvariantException.Require(map.Entries.All(entry => entry.NotAfterUnixMillis > seat.Time.Now.UnixMillis), "What has ended isn't in the map.");
        InvariantException.Require(map.ListedSuccessions.All(listed => believed.Contains(listed.Statement.HashIn(SmallNetwork.Definition.Id))), "Only what was found good is used.");
        InvariantException.Require(
            map.ListedSuccessions.All(listed => (map.Successions.Last(listed.Statement.Old) == listed.Statement.New) == (map.ListedSuccessions.Length == 1)), "Who alone succeeds is used, and who doesn't isn't.");
        InvariantException.Require(map.Entries.Select(entry => entry.Name).Distinct().Count() == map.Entries.Length, "Each name stands once.");
    }

    private static byte[] Names(ReadOnlySpan<byte> id, bool more, byte mask)
    {
        var hashes = Hashes((byte)(mask & 0x7f)).ToList();
        hashes.Sort(static (one, other) => one.Compare(other));
        return [(byte)GossipKind.MapNames, .. id, more ? (byte)1 : (byte)0, (byte)hashes.Count, 0, .. hashes.SelectMany(SmallNetwork.Bytes)];
    }

    // Those of the table that were pulled and are in the mask, in the order in which they were asked for; all are covered.
    private static byte[] Entries(byte[] asked, byte mask)
    {
        if (asked.Length < 6 || asked[0] != (byte)GossipKind.MapPull)
        {
            return [(byte)GossipKind.MapEntries, 1, 0, 0, 0, 1, 0];
        }

        var entries = new List<byte>();
        byte count = 0;
        for (var at = 6; at < asked.Length; at += RecordHash.Bytes)
        {
            var hash = RecordHash.FromBytes(asked.AsSpan(at));
            if (Table.FirstOrDefault(entry => entry.NameIn(SmallNetwork.Definition.Id) == hash) is { } entry && (mask & (1 << Table.IndexOf(entry))) != 0)
            {
                entries.AddRange([(byte)entry.Encoded.Length, (byte)(entry.Encoded.Length >> 8), .. entry.Encoded.Span]);
                count++;
            }
        }

        return [(byte)GossipKind.MapEntries, .. asked.AsSpan(1, sizeof(uint)), asked[5], count, .. entries];
    }

    private static List<RecordHash> Hashes(byte mask) =>
        [.. Table.Where((_, i) => (mask & (1 << i)) != 0).Select(entry => entry.NameIn(SmallNetwork.Definition.Id))];

    private static Succession Succeed(byte old, byte successor, ulong number)
    {
        _ = Succession.TryCreate(SmallNetwork.Address(old), SmallNetwork.Address(successor), number, 0, isEmergency: false, out var succession);
        return (Succession)MapSeat.Sign(succession!, [succession!.Old, succession.New, MapSeat.Authorities[0]]);
    }

    private static MapEntry Entry(string name, ulong number, int addresses, int signers = 2, long notAfter = VirtualTime.StartUnixMillis + 3_600_000)
    {
        _ = LegalName.TryParse(name, out var legal);
        _ = MapEntry.TryCreate(legal!, Enumerable.Range(2, addresses).Select(i => SmallNetwork.Address((byte)i)), number, notAfter, out var entry);
        return (MapEntry)MapSeat.Sign(entry!, MapSeat.Authorities.Take(signers));
    }
}
