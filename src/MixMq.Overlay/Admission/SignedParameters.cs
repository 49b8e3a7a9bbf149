using System.Collections.Immutable;
using System.Text;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>A network's parameters as its authorities sign them. Those with the greatest number count, from their activation on.</summary>
/// <remarks>
/// <code>
/// version u8 = 1 | kind u8 = 1 | number u64 | activation u64 ms | flags u8 (1 admission is required)
/// name length u8 | UTF-8 | hops u16 | body u16 | reply u16 | max delay u32 ms
/// epoch u32 s | skew u32 s | grace u32 s | path links u8 | max links u16 | max content u64 bytes (0: no limit of the network's)
/// threshold u8 | authority count u8 | count x key[32]   strictly ascending
/// signatures
/// </code>
/// </remarks>
public sealed class SignedParameters : AuthorityStatement
{
    private const byte AdmissionFlag = 1;

    private SignedParameters(byte[] encoded, int bodyBytes, Fields fields)
        : base(StatementKind.Parameters, encoded, bodyBytes)
    {
        Number = fields.Number;
        ActivationUnixMillis = fields.ActivationUnixMillis;
        RequiresAdmission = fields.RequiresAdmission;
        Network = fields.Network;
        Threshold = fields.Threshold;
        Authorities = fields.Authorities;
    }

    /// <summary>Label of the signatures; the network id follows it.</summary>
    public static ReadOnlySpan<byte> SignatureLabel => "MixMq-parameters-v1"u8;

    /// <summary>Counts up with each change; 1 to <see cref="AdmissionLimits.MaxNumber"/>.</summary>
    public ulong Number { get; }

    /// <summary>From when they hold, unix milliseconds.</summary>
    public long ActivationUnixMillis { get; }

    /// <summary>Whether only nodes with an admission certificate belong to the network.</summary>
    public bool RequiresAdmission { get; }

    /// <summary>The parameters.</summary>
    public NetworkParameters Network { get; }

    /// <summary>How many authorities must sign.</summary>
    public int Threshold { get; }

    /// <summary>The authorities' Ed25519 keys, ascending. They are written as addresses are, but no node has them.</summary>
    public ImmutableArray<NodeAddress> Authorities { get; }

    /// <summary>Names the parameters.</summary>
    public RecordHash Hash => HashIn(Network.Definition.Id);

    /// <summary>Whether as many of its own authorities have signed as must, as far as it says.</summary>
    public bool IsSignedByOwn => CountSigners(Authorities) >= Threshold;

    private protected override ReadOnlySpan<byte> Label => SignatureLabel;

    /// <summary>Parses bytes that may come from anyone. No signature is checked.</summary>
    /// <param name="encoded">Exactly one statement; copied.</param>
    /// <param name="parameters">The parameters, or null.</param>
    /// <returns>What is wrong with it, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryParse(ReadOnlySpan<byte> encoded, out SignedParameters? parameters)
    {
        parameters = null;
        if (encoded.Length > AdmissionLimits.MaxStatementBytes)
        {
            return StatementError.TooLong;
        }

        var reader = new WireReader(encoded);
        var error = Read(ref reader, out var fields);
        var bodyBytes = encoded.Length - reader.Remaining;
        if (error == StatementError.None && (error = SignatureList.Check(ref reader)) == StatementError.None)
        {
            parameters = new SignedParameters(encoded.ToArray(), bodyBytes, fields!);
        }

        return error;
    }

    /// <summary>Parameters that nobody has signed yet.</summary>
    /// <param name="network">What holds.</param>
    /// <param name="number">1 to <see cref="AdmissionLimits.MaxNumber"/>.</param>
    /// <param name="activationUnixMillis">From when, unix milliseconds.</param>
    /// <param name="requiresAdmission">Whether only nodes with an admission certificate belong to the network.</param>
    /// <param name="threshold">How many authorities must sign; 1 to as many as there are.</param>
    /// <param name="authorities">Their keys, in any order; at most <see cref="AdmissionLimits.MaxAuthorities"/>.</param>
    /// <param name="parameters">The parameters, or null.</param>
    /// <returns>What is wrong, or <see cref="StatementError.None"/>.</returns>
    public static StatementError TryCreate(
        NetworkParameters network,
        ulong number,
        long activationUnixMillis,
        bool requiresAdmission,
        int threshold,
        IEnumerable<NodeAddress> authorities,
        out SignedParameters? parameters)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(authorities);
        parameters = null;
        NodeAddress[] keys = [.. authorities.Distinct().Order()];
        if (keys.Length is 0 or > AdmissionLimits.MaxAuthorities || threshold < 1 || threshold > keys.Length)
        {
            return StatementError.InvalidAuthorities;
        }

        var writer = new StatementWriter(StatementKind.Parameters);
        writer.Number(number, sizeof(ulong));
        writer.Number((ulong)activationUnixMillis, sizeof(ulong));
        writer.Number(requiresAdmission ? AdmissionFlag : 0UL, sizeof(byte));
        if (!writer.TryText(network.Definition.Name))
        {
            return StatementError.InvalidText;
        }

        var geometry = network.Definition.Geometry;
        writer.Number((ulong)geometry.Hops, sizeof(ushort));
        writer.Number((ulong)geometry.Body, sizeof(ushort));
        writer.Number((ulong)geometry.Reply, sizeof(ushort));
        writer.Number((ulong)network.Definition.MaxDelayMs, sizeof(uint));
        writer.Number((ulong)network.EpochSeconds, sizeof(uint));
        writer.Number((ulong)network.SkewSeconds, sizeof(uint));
        writer.Number((ulong)network.GraceSeconds, sizeof(uint));
        writer.Number((ulong)network.PathLinks, sizeof(byte));
        writer.Number((ulong)network.MaxLinks, sizeof(ushort));
        writer.Number((ulong)network.MaxContentBytes, sizeof(ulong));
        writer.Number((ulong)threshold, sizeof(byte));
        writer.Number((ulong)keys.Length, sizeof(byte));
        foreach (var key in keys)
        {
            writer.Address(key);
        }

        return TryParse(writer.Unsigned(), out parameters);
    }

    /// <summary>What keeps these from taking the place of others in a live network.</summary>
    /// <param name="former">What holds there.</param>
    /// <returns>One sentence for each; empty where nothing does.</returns>
    public ImmutableArray<string> ObstaclesAfter(NetworkParameters former)
    {
        ArgumentNullException.ThrowIfNull(former);
        const string Instead = "Make a new network with another name, add its nodes beside the old ones, and move the endpoints.";
        var found = ImmutableArray.CreateBuilder<string>();
        if (!Network.Definition.Id.SequenceEqual(former.Definition.Id))
        {
            found.Add($"Name and geometry can't change in a live network: packets of one are noise to the other. {Instead}");
        }

        if (Network.EpochSeconds != former.EpochSeconds)
        {
            found.Add($"The epoch length can't change in a live network: mix keys are made and published by epochs, and what is under way would be lost. {Instead}");
        }

        if (Network.Definition.MaxDelayMs != former.Definition.MaxDelayMs || Network.SkewSeconds != former.SkewSeconds || Network.GraceSeconds != former.GraceSeconds)
        {
            found.Add($"Delay cap, skew and grace can't change in a live network: each node keeps old mix keys and replay filters for as long as they say. {Instead}");
        }

        return found.ToImmutable();
    }

    private static StatementError Read(ref WireReader reader, out Fields? fields)
    {
        fields = null;
        if (!reader.TryByte(out var version) || !reader.TryByte(out var kind))
        {
            return StatementError.Truncated;
        }

        if (version != Version || kind != (byte)StatementKind.Parameters)
        {
            return version != Version ? StatementError.UnknownVersion : StatementError.UnknownKind;
        }

        if (!reader.TryUInt64(out var number) || !reader.TryUInt64(out var activation) || !reader.TryByte(out var flags))
        {
            return StatementError.Truncated;
        }

        if (number is 0 or > AdmissionLimits.MaxNumber)
        {
            return StatementError.InvalidNumber;
        }

        if (activation >= 1UL << 62)
        {
            return StatementError.InvalidTimes;
        }

        if (flags > AdmissionFlag)
        {
            return StatementError.InvalidFlags;
        }

        var error = ReadNetwork(ref reader, out var network);
        if (error != StatementError.None || (error = ReadAuthorities(ref reader, out var threshold, out var authorities)) != StatementError.None)
        {
            return error;
        }

        fields = new Fields(number, (long)activation, flags == AdmissionFlag, network!, threshold, authorities);
        return StatementError.None;
    }

    private static StatementError ReadNetwork(ref WireReader reader, out NetworkParameters? network)
    {
        network = null;
        if (!reader.TryByte(out var length) || !reader.TryBytes(length, out var name)
            || !reader.TryUInt16(out var hops) || !reader.TryUInt16(out var body) || !reader.TryUInt16(out var reply) || !reader.TryUInt32(out var maxDelay)
            || !reader.TryUInt32(out var epoch) || !reader.TryUInt32(out var skew) || !reader.TryUInt32(out var grace)
            || !reader.TryByte(out var pathLinks) || !reader.TryUInt16(out var maxLinks) || !reader.TryUInt64(out var maxContent))
        {
            return StatementError.Truncated;
        }

        if (!IsText(name))
        {
            return StatementError.InvalidText;
        }

        if (maxDelay > int.MaxValue || epoch > int.MaxValue || skew > int.MaxValue || grace > int.MaxValue || maxContent > long.MaxValue
            || !PacketGeometry.TryCreate(hops, body, reply, out var geometry, out _)
            || !NetworkDefinition.TryCreate(Encoding.UTF8.GetString(name), geometry, (int)maxDelay, out var definition, out _)
            || !NetworkParameters.TryCreate(
                definition, out network, out _, pathLinks, maxLinks, (int)epoch, (int)skew, (int)grace, (long)maxContent))
        {
            return StatementError.InvalidParameters;
        }

        return StatementError.None;
    }

    private static StatementError ReadAuthorities(ref WireReader reader, out byte threshold, out ImmutableArray<NodeAddress> authorities)
    {
        authorities = [];
        if (!reader.TryByte(out threshold) || !reader.TryByte(out var count))
        {
            return StatementError.Truncated;
        }

        if (count is 0 or > AdmissionLimits.MaxAuthorities || threshold == 0 || threshold > count)
        {
            return StatementError.InvalidAuthorities;
        }

        if (!reader.TryBytes(count * NodeAddress.ByteLength, out var bytes))
        {
            return StatementError.Truncated;
        }

        var keys = new NodeAddress[count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = NodeAddress.FromBytes(bytes.Slice(i * NodeAddress.ByteLength, NodeAddress.ByteLength));
            if (i > 0 && keys[i - 1] >= keys[i])
            {
                return StatementError.InvalidAuthorities;
            }
        }

        authorities = ImmutableArray.Create(keys);
        return StatementError.None;
    }

    private sealed record Fields(
        ulong Number, long ActivationUnixMillis, bool RequiresAdmission, NetworkParameters Network, byte Threshold, ImmutableArray<NodeAddress> Authorities);
}
