using System.Buffers.Binary;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// What two neighbours send to a node about the topology, as a sequence of steps. Ids of pulls and questions are made right, records come from a table of good
/// ones or from the input, and whether a signature holds is in the input: a record is as good as signed again. Whatever was sent, only records
/// that were found good are in the view, limits hold, and the node never waits for a time that has passed.
/// </summary>
internal sealed class GossipTarget : FuzzTarget
{
    private const int MostSteps = 64;
    private static readonly LinkStateRecord[] Table = MakeTable();

    private enum Step
    {
        Message, Cell, Announce, Bodies, Difference, Digest, Wait, Verify, Answer, Link, Question, Pull, SetWall, MixKeys,
    }

    public override string Name => "gossip";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Topology.RecordExchange::", "MixMq.Overlay.Topology.FragmentAssembler::", "MixMq.Overlay.Topology.Announcement::TryRead",
        "MixMq.Overlay.Topology.GossipWriter::", "MixMq.Overlay.Topology.TopologyDatabase::", "MixMq.Overlay.Topology.OwnRecord::",
        "MixMq.Overlay.Topology.WantedRecords::", "MixMq.Overlay.Topology.TopologyCore::Handle",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            byte[] fetch = [(byte)Step.Announce, 1, 0, (byte)Step.Wait, 10, (byte)Step.Bodies, 1, 1, 0x80, (byte)Step.Verify, 1];
            yield return ("fetch", [.. fetch, (byte)Step.Wait, 20]);
            yield return ("fetch-two", [(byte)Step.Announce, 2, 0, 2, (byte)Step.Wait, 10, (byte)Step.Bodies, 2, 2, 0x80, 0x82, (byte)Step.Verify, 1, (byte)Step.Verify, 1]);
            yield return ("bad-signature", [(byte)Step.Announce, 1, 0, (byte)Step.Wait, 10, (byte)Step.Bodies, 1, 1, 0x80, (byte)Step.Verify, 0]);
            yield return ("contradiction", [.. fetch, (byte)Step.Wait, 120, 0x10 | (byte)Step.Announce, 1, 1, (byte)Step.Wait, 10, 0x10 | (byte)Step.Bodies, 1, 1, 0x81, (byte)Step.Verify, 1, (byte)Step.Wait, 20]);
            yield return ("own-record", [(byte)Step.Announce, 1, 5, (byte)Step.Wait, 10, (byte)Step.Bodies, 1, 1, 0x85, (byte)Step.Verify, 1, (byte)Step.Answer, (byte)Step.Answer, (byte)Step.Wait, 50]);
            yield return ("pulled", [.. fetch, 0x10 | (byte)Step.Pull, 2, 0, 2]);
            yield return ("asked", [.. fetch, 0x10 | (byte)Step.Question, 0, 0x10 | (byte)Step.Question, 0x40]);
            yield return ("compared", [.. fetch, 0x10 | (byte)Step.Digest, 0, 0x10 | (byte)Step.Digest, 0, 0x10 | (byte)Step.Digest, 0, (byte)Step.Wait, 10, 0x10 | (byte)Step.Difference, 1, 2]);
            yield return ("in-parts", [(byte)Step.Cell, .. FuzzInput.Chunk([1, .. new byte[GossipSeat.MaxCellContent - 1]]), (byte)Step.Cell, .. FuzzInput.Chunk([0, 1, 2])]);
            byte[] full = [(byte)Step.Announce, 5, 0, 3, 4, 6, 7, (byte)Step.Wait, 10, (byte)Step.Bodies, 5, 5, 0x80, 0x83, 0x84, 0x86, 0x87, .. Verified(5)];
            yield return ("no-room", [.. full, (byte)Step.Wait, 20]);
            yield return ("no-room-for-another-neighbours", [.. full, 0x10 | (byte)Step.Announce, 2, 9, 10, (byte)Step.Wait, 20, 0x10 | (byte)Step.Bodies, 2, 2, 0x89, 0x8a, .. Verified(2)]);
            yield return ("much-to-compare", [.. full, 0x10 | (byte)Step.Question, 0, 0x10 | (byte)Step.Digest, 0, 0x10 | (byte)Step.Digest, 0, 0x10 | (byte)Step.Digest, 0, (byte)Step.Wait, 10, 0x10 | (byte)Step.Difference, 3, 0, 4, 8]);
            yield return ("expires", [.. fetch, (byte)Step.Wait, 20, (byte)Step.SetWall, 255, (byte)Step.Wait, 20, (byte)Step.SetWall, 255]);
            yield return ("malformed", [(byte)Step.Message, .. FuzzInput.Chunk([1, 1, 0, 9])]);
            yield return ("flapping", [(byte)Step.Link, 0, (byte)Step.Wait, 10, (byte)Step.Link, 1, (byte)Step.Wait, 100, (byte)Step.Answer, (byte)Step.Answer, (byte)Step.MixKeys, 2, (byte)Step.Wait, 200]);
            yield return ("pull-in-time-out", [(byte)Step.Announce, 2, 0, 1, (byte)Step.Wait, 255, (byte)Step.Wait, 255, (byte)Step.SetWall, 200, (byte)Step.Wait, 100]);
        }
    }

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var seat = new GossipSeat();
        var taken = false;
        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            taken |= Do(seat, ref choices);
            InvariantException.Require(
                seat.Core.RecordCount <= GossipSeat.RecordLimit + (seat.Core.Find(GossipSeat.Own) is null ? 0 : 1),
                "There are no more records of others than may be.");
        }

        foreach (var node in Table.Select(record => record.Address).Distinct())
        {
            InvariantException.Require(
                seat.Core.Find(node) is not { } record || seat.Believed.Contains(record.Hash) || node == GossipSeat.Own,
                "Only what was found good is believed.");
        }

        _ = seat.Core.View;
        seat.Advance(600_000_000);
        return taken;
    }

    private static byte[] Verified(int count) => [.. Enumerable.Repeat((byte[])[(byte)Step.Verify, 1], count).SelectMany(step => step)];

    // Whether something was sent in that the core didn't refuse.
    private static bool Do(GossipSeat seat, ref FuzzInput choices)
    {
        var choice = choices.Byte();
        var from = (choice >> 4) & 1;
        switch ((Step)(choice & 0xf))
        {
            case Step.Message:
                return seat.HandMessage(from, choices.Chunk()) == TopologyFault.None;
            case Step.Cell:
                return seat.Hand(from, choices.Chunk()) == TopologyFault.None;
            case Step.Announce:
                return seat.HandMessage(from, Announce(ref choices)) == TopologyFault.None;
            case Step.Bodies:
                return seat.HandMessage(from, Bodies(seat.LastPull[from], ref choices)) == TopologyFault.None;
            case Step.Difference:
                return seat.HandMessage(from, Difference(seat.LastQuestion[from], ref choices)) == TopologyFault.None;
            case Step.Question:
                return seat.HandMessage(from, Question(choices.Byte())) == TopologyFault.None;
            case Step.Pull:
                return seat.HandMessage(from, Pull(ref choices)) == TopologyFault.None;
            case Step.Digest:
                var digest = choices.Byte() == 1 ? seat.Core.Digest.ToArray() : new byte[32];
                seat.Call((core, now, sink) => core.HandleNeighbourDigest(GossipSeat.Neighbour(from), digest, now, ref sink));
                return false;
            case Step.Wait:
                seat.Advance(choices.Byte() * 50_000L);
                return false;
            case Step.Verify:
                Verify(seat, choices.Byte() % 2 == 1);
                return false;
            case Step.Answer:
                if (seat.Answers.TryDequeue(out var answer))
                {
                    answer();
                }

                return false;
            case Step.Link:
                var up = choices.Byte() % 2 == 1;
                seat.Call((core, now, sink) =>
                {
                    if (up)
                    {
                        core.HandleLinkUp(GossipSeat.Neighbour(from), now, ref sink);
                    }
                    else
                    {
                        core.HandleLinkDown(GossipSeat.Neighbour(from), now, ref sink);
                    }
                });
                return false;
            case Step.SetWall:
                seat.Time.SetWall((choices.Byte() - 128) * 60_000L);
                return false;
            case Step.MixKeys:
                var keys = Enumerable.Range(0, choices.Byte() % 4)
                    .Select(i => new PublishedMixKey((uint)i, MixPublicKey.FromBytes(SmallNetwork.Bytes(32, (byte)i)))).ToArray();
                seat.Call((core, now, sink) => core.HandleMixKeys(keys, now, ref sink));
                return false;
            default:
                return false;
        }
    }

    private static void Verify(GossipSeat seat, bool holds)
    {
        if (seat.Verifications.TryDequeue(out var asked))
        {
            if (holds)
            {
                seat.Believed.Add(asked.Record.Hash);
            }

            seat.Call((core, now, sink) => core.HandleVerified(asked.Id, holds, now, ref sink));
        }
    }

    private static byte[] Announce(ref FuzzInput choices)
    {
        var count = choices.Byte() % 8;
        var message = new byte[3 + (count * Announcement.Bytes)];
        message[0] = (byte)GossipKind.Announce;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(1), (ushort)count);
        WriteAnnouncements(message.AsSpan(3), ref choices);
        return message;
    }

    // Bit 7 of a choice: evidence.
    private static void WriteAnnouncements(Span<byte> destination, ref FuzzInput choices)
    {
        for (; !destination.IsEmpty; destination = destination[Announcement.Bytes..])
        {
            var choice = choices.Byte();
            var record = Table[(choice & 0x7f) % Table.Length];
            new Announcement(record.Address, record.Sequence, record.Hash, (choice & 0x80) != 0).Write(destination[..Announcement.Bytes]);
        }
    }

    // Covered, count, then for each: bit 7 set, a record of the table; otherwise one from the input.
    private static byte[] Bodies(uint id, ref FuzzInput choices)
    {
        var message = new List<byte> { (byte)GossipKind.Bodies };
        message.AddRange(BitConverter.GetBytes(id));
        message.Add(choices.Byte());
        var count = choices.Byte();
        message.Add(count);
        for (var i = 0; i < count % 8; i++)
        {
            var choice = choices.Byte();
            var record = (choice & 0x80) != 0 ? Table[(choice & 0x7f) % Table.Length].Encoded.ToArray() : choices.Chunk().ToArray();
            message.AddRange(FuzzInput.Chunk(record));
        }

        return [.. message];
    }

    private static byte[] Difference(uint id, ref FuzzInput choices)
    {
        var count = choices.Byte() % 8;
        const int Head = 5 + NodeAddress.ByteLength + GossipWriter.BitmapBytes + sizeof(ushort);
        var message = new byte[Head + (count * Announcement.Bytes)];
        message[0] = (byte)GossipKind.Difference;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(1), id);
        message.AsSpan(5, NodeAddress.ByteLength).Fill(byte.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(Head - sizeof(ushort)), (ushort)count);
        WriteAnnouncements(message.AsSpan(Head), ref choices);
        for (var at = Head; at < message.Length; at += Announcement.Bytes)
        {
            message[5 + NodeAddress.ByteLength + (message[at] / 8)] |= (byte)(1 << (message[at] % 8));
        }

        // What follows in the input alters the head: the last address and the buckets.
        var altered = choices.Byte() % 2 == 1 ? choices.Take(Head - 5 - sizeof(ushort)) : [];
        for (var i = 0; i < altered.Length; i++)
        {
            message[5 + i] ^= altered[i];
        }

        return message;
    }

    private static byte[] Question(byte first)
    {
        var message = new byte[5 + TopologyLimits.SaltBytes + NodeAddress.ByteLength + ((DatabaseBuckets.Count - first) * sizeof(ulong))];
        message[0] = (byte)GossipKind.Question;
        message[1] = 1;
        message[5 + TopologyLimits.SaltBytes] = first;
        return message;
    }

    private static byte[] Pull(ref FuzzInput choices)
    {
        var count = choices.Byte() % 8;
        var message = new byte[6 + (count * GossipWriter.PullItemBytes)];
        message[0] = (byte)GossipKind.Pull;
        message[1] = 1;
        message[5] = (byte)count;
        for (var i = 0; i < count; i++)
        {
            var record = Table[choices.Byte() % Table.Length];
            record.Address.CopyTo(message.AsSpan(6 + (i * GossipWriter.PullItemBytes)));
            record.Hash.CopyTo(message.AsSpan(6 + (i * GossipWriter.PullItemBytes) + NodeAddress.ByteLength));
        }

        return message;
    }

    // Two contradicting records and a newer one of one origin, one or two of each of six others, one of the node itself.
    private static LinkStateRecord[] MakeTable() =>
    [
        Record(0x10, 5, 1), Record(0x10, 5, 2), Record(0x10, 6, 1), Record(0x40, 1, 1), Record(0x48, 1, 1), Record(0x50, 9, 1), Record(0x70, 1, 1),
        Record(0x90, 3, 1), Record(0x90, 4, 1), Record(0xa0, 1, 1), Record(0xa0, 1, 2),
    ];

    private static LinkStateRecord Record(byte origin, ulong sequence, byte variant)
    {
        var draft = new LinkStateDraft
        {
            Address = SmallNetwork.Address(origin),
            Sequence = sequence,
            IssuedUnixMillis = VirtualTime.StartUnixMillis,
            ExpiresUnixMillis = VirtualTime.StartUnixMillis + (variant * 3_600_000L),
            Neighbours = [GossipSeat.Neighbour(0)],
        };
        var error = LinkStateRecord.TryParse(
            LinkStateDraft.Complete(draft.ToSignedMessage(SmallNetwork.Definition), new byte[64]), SmallNetwork.Definition, out var record);
        return error == LinkStateError.None ? record! : throw new InvalidOperationException(error.ToString());
    }
}
