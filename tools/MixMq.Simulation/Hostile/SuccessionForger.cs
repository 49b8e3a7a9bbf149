using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Hostile;

/// <summary>Names successions that not all have signed who must, and answers those who ask for them; by the tables of spec/08, without the shipping writer.</summary>
internal sealed class SuccessionForger(Func<Succession> make) : HostileBehaviour
{
    private const byte Names = 11;
    private const byte Pull = 12;
    private const byte Entries = 13;
    private readonly Dictionary<RecordHash, Succession> _made = [];

    public override void Begin() => Often(6, () =>
    {
        if (Random.Pick(Peer.Neighbours()) is { } to)
        {
            var statement = make();
            var name = NameOf(statement);
            _made[RecordHash.FromBytes(name)] = statement;
            Peer.Gossip.Send(to, [Names, 0, 0, 0, 0, 0, 1, 0, .. name]);
        }
    });

    public override bool Read(SimNode from, Span<byte> cell)
    {
        if (cell[0] != (byte)CellType.Topology || !LinkCell.TryRead(cell, out var content) || content is not [0, Pull, _, _, _, _, 1, ..]
            || content.Length != 7 + RecordHash.Bytes || !_made.TryGetValue(RecordHash.FromBytes(content[7..]), out var statement))
        {
            return true;
        }

        var length = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)statement.Encoded.Length);
        Peer.Gossip.Send(from, [Entries, .. content[2..6], 1, 1, .. length, .. statement.Encoded.Span]);
        return false;
    }

    // SHA-256 over the statement's hash, which is one over what is signed, and its signers' keys.
    private byte[] NameOf(Succession statement)
    {
        var hash = SHA256.HashData(statement.SignedMessage(Peer.Parameters.Definition.Id));
        var keys = statement.Signers.SelectMany(signer => signer.ToArray()).ToArray();
        return SHA256.HashData([.. hash, .. keys]);
    }
}
