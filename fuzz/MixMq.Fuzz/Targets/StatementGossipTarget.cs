using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// What two neighbours send to a node about parameters and revocation lists, as a sequence of steps. Statements come from a table or from the input, and whether a signature holds is in the
/// input. Whatever was sent, only what was found good and enough authorities have signed counts, and numbers never go back.
/// </summary>
internal sealed class StatementGossipTarget : FuzzTarget
{
    private const int MostSteps = 64;

    // Two lists and two parameters that contradict each other, later ones, one by too few, and one by authorities that come into force with the parameters before it.
    private static readonly ImmutableArray<NodeAddress> Others = [.. Enumerable.Range(4, 2).Select(seed => SmallNetwork.AddressOfSeed((byte)seed)).Order()];
    private static readonly ImmutableArray<AuthorityStatement> Table =
    [
        Revoke(1, [0x21], MapSeat.Authorities), Revoke(1, [0x22], MapSeat.Authorities), Revoke(2, [0x22, 0x23], MapSeat.Authorities), Revoke(3, [0x24], MapSeat.Authorities[..1]),
        Change(2, 0, MapSeat.Authorities, MapSeat.Authorities), Change(2, 1, MapSeat.Authorities, MapSeat.Authorities),
        Change(3, VirtualTime.StartUnixMillis + 60_000, Others, [.. MapSeat.Authorities, .. Others]), Revoke(4, [0x25], Others),
    ];

    private enum Step
    {
        Message, Announce, Answer, Body, Pull, Verify, Wait, Link,
    }

    public override string Name => "statement-gossip";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Admission.StatementExchange::", "MixMq.Overlay.Admission.StatementPeer::", "MixMq.Overlay.Admission.NetworkGovernance::",
        "MixMq.Overlay.Admission.StatementAnnouncement::", "MixMq.Overlay.Admission.AuthorityStatement::TryParse", "MixMq.Overlay.Admission.HeldStatement::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            byte[] list = Fetch(0);
            yield return ("list", [.. list, (byte)Step.Wait, 20]);
            yield return ("bad-signature", [(byte)Step.Announce, 1, (byte)Step.Answer, (byte)Step.Verify, 1]);
            yield return ("contradiction", [.. list, .. Fetch(1), .. Fetch(2)]);
            yield return ("parameters", [.. Fetch(4), .. Fetch(5), (byte)Step.Wait, 10]);
            yield return ("by-too-few", [(byte)Step.Announce, 8, (byte)Step.Answer, .. Fetch(2)]);
            yield return ("others-take-over", [.. Fetch(6), .. Fetch(7), (byte)Step.Wait, 255, (byte)Step.Wait, 255, (byte)Step.Wait, 255, .. Fetch(7), .. Fetch(2)]);
            yield return ("of-both", [(byte)Step.Announce, 1, 0x10 | (byte)Step.Announce, 1, (byte)Step.Wait, 40, 0x10 | (byte)Step.Answer, (byte)Step.Verify, 7, (byte)Step.Answer]);
            yield return ("pulled", [.. list, 0x10 | (byte)Step.Pull, 0, 0x10 | (byte)Step.Pull, 2]);
            yield return ("unasked", [(byte)Step.Body, 2, (byte)Step.Verify, 7]);
            yield return ("link-ends", [(byte)Step.Announce, 1, (byte)Step.Link, 0, 0x10 | (byte)Step.Announce, 1, 0x10 | (byte)Step.Answer, (byte)Step.Verify, 7, (byte)Step.Link, 1, (byte)Step.Wait, 120]);
            yield return ("malformed", [(byte)Step.Message, 0, .. FuzzInput.Chunk([9, 1])]);
            yield return ("body", [(byte)Step.Announce, 1, (byte)Step.Message, 2, .. FuzzInput.Chunk(Table[0].Encoded.Span), (byte)Step.Verify, 7]);
        }
    }

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new MapSeat(requiresAdmission: true);
        var believed = new HashSet<RecordHash> { NameOf(seat.Configured) };
        var numbers = (Parameters: 0UL, Lists: 0UL);
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            Do(seat, believed, ref choices);
            numbers = Check(seat, believed, numbers);
        }

        seat.Advance(600_000_000);
        _ = Check(seat, believed, numbers);
        return believed.Count > 1;
    }

    private static byte[] Fetch(int index) => [(byte)Step.Announce, (byte)(1 << index), (byte)Step.Answer, (byte)Step.Verify, 0xff];

    private static void Do(MapSeat seat, HashSet<RecordHash> believed, ref FuzzInput choices)
    {
        var head = choices.Byte();
        var from = (head >> 4) & 1;
        switch ((Step)(head & 7))
        {
            case Step.Message:
                var kind = (byte)((byte)GossipKind.Statements + (choices.Byte() % 3));
                seat.Hand(from, [kind, .. choices.Chunk()]);
                break;
            case Step.Announce:
                seat.Hand(from, Announced(choices.Byte()));
                break;
            case Step.Answer:
                if (Table.FirstOrDefault(statement => SmallNetwork.Bytes(NameOf(statement)).AsSpan().SequenceEqual(seat.LastPulled[from])) is { } wanted)
                {
                    seat.Hand(from, [(byte)GossipKind.Statement, .. wanted.Encoded.Span]);
                }

                break;
            case Step.Body:
                seat.Hand(from, [(byte)GossipKind.Statement, .. Table[choices.Byte() % Table.Length].Encoded.Span]);
                break;
            case Step.Pull:
                seat.Hand(from, [(byte)GossipKind.StatementPull, .. SmallNetwork.Bytes(NameOf(Table[choices.Byte() % Table.Length]))]);
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

    private static (ulong Parameters, ulong Lists) Check(MapSeat seat, HashSet<RecordHash> believed, (ulong Parameters, ulong Lists) before)
    {
        var now = seat.Core.Admission(seat.Time.Now)!;
        InvariantException.Require(believed.Contains(NameOf(now.InForce)), "Only parameters that were found good are in force.");
        InvariantException.Require(now.InForce.ActivationUnixMillis <= seat.Time.Now.UnixMillis, "No parameters are in force before their time.");
        InvariantException.Require(now.Next is null || believed.Contains(NameOf(now.Next)), "Only parameters that were found good come next.");
        InvariantException.Require(now.Revocations is null || believed.Contains(NameOf(now.Revocations)), "Only a list that was found good counts.");
        InvariantException.Require(now.Number >= before.Parameters && (now.Revocations?.Number ?? 0) >= before.Lists, "Numbers don't go back.");
        InvariantException.Require(
            now.Revocations is not { } list || list.CountSigners(MapSeat.Authorities) >= 2 || list.CountSigners(Others) >= 2, "Enough authorities have signed a list that counts.");
        InvariantException.Require(
            now.Revocations is null || now.Revocations.Revoked.All(revoked => seat.Core.IsExcluded(revoked.Address, seat.Time.Now)), "Who is on the list is excluded.");
        InvariantException.Require(
            Table.OfType<RevokedAddresses>().SelectMany(other => other.Revoked).All(revoked => !seat.Core.IsExcluded(revoked.Address, seat.Time.Now)
                || Table.OfType<RevokedAddresses>().Any(other => other.Revokes(revoked.Address, seat.Time.Now.UnixMillis) && believed.Contains(NameOf(other)))),
            "Nobody is excluded by a list that wasn't found good.");
        InvariantException.Require(seat.Stored.All(statement => believed.Contains(NameOf(statement))), "Only what was found good is stored.");
        return (now.Number, now.Revocations?.Number ?? 0);
    }

    private static byte[] Announced(byte mask)
    {
        var named = Table.Where((_, i) => (mask & (1 << i)) != 0).ToArray();
        var message = new byte[2 + (named.Length * AdmissionLimits.AnnouncementBytes)];
        message[0] = (byte)GossipKind.Statements;
        message[1] = (byte)named.Length;
        for (var i = 0; i < named.Length; i++)
        {
            new StatementAnnouncement(named[i].Kind, NumberOf(named[i]), NameOf(named[i])).Write(message.AsSpan(2 + (i * AdmissionLimits.AnnouncementBytes), AdmissionLimits.AnnouncementBytes));
        }

        return message;
    }

    private static ulong NumberOf(AuthorityStatement statement) => statement is SignedParameters parameters ? parameters.Number : ((RevokedAddresses)statement).Number;

    // Parameters are of the network whose name and geometry are in them: here the same.
    private static RecordHash NameOf(AuthorityStatement statement) => statement.HashIn(SmallNetwork.Definition.Id);

    private static AuthorityStatement Revoke(ulong number, byte[] addresses, ImmutableArray<NodeAddress> signers)
    {
        _ = RevokedAddresses.TryCreate(number, 0, addresses.Select(address => new RevokedAddress(SmallNetwork.Address(address), 1L << 61)), out var list);
        return MapSeat.Sign(list!, signers.Order());
    }

    private static AuthorityStatement Change(ulong number, long activation, ImmutableArray<NodeAddress> authorities, ImmutableArray<NodeAddress> signers)
    {
        _ = SignedParameters.TryCreate(SmallNetwork.Parameters, number, activation, requiresAdmission: true, 2, authorities, out var parameters);
        return MapSeat.Sign(parameters!, signers.Order());
    }
}
