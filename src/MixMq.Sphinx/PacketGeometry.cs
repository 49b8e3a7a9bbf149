namespace MixMq.Sphinx;

/// <summary>The sizes that all packets of a network share. A geometry that exists is valid.</summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 3.
/// <code>
/// offset      bytes    field
/// 0           1        version
/// 1           32       alpha, X25519 group element
/// 33          16       gamma, tag over alpha, beta and lane A
/// 49          N·56     beta, routing slots
/// 49 + N·56   body     lane A
/// …           reply    lane B
/// </code>
/// </remarks>
public sealed record PacketGeometry
{
    /// <summary>The greatest number of hops.</summary>
    public const int MaxHops = 32;

    /// <summary>The smallest lane, A or B.</summary>
    public const int MinLaneBytes = 64;

    /// <summary>The greatest lane A.</summary>
    public const int MaxBody = 65_531;

    /// <summary>Makes a geometry from numbers that are known to be valid.</summary>
    /// <param name="hops">Slots in the header, 1 to 32.</param>
    /// <param name="body">Bytes of lane A, 64 to 65,531.</param>
    /// <param name="reply">Bytes of lane B, 64 to <paramref name="body"/>.</param>
    /// <exception cref="ArgumentException">They aren't; for numbers from outside there is <see cref="TryCreate"/>.</exception>
    public PacketGeometry(int hops, int body, int reply)
    {
        var error = Validate(hops, body, reply);
        if (error != GeometryError.None)
        {
            throw new ArgumentException(error.ToString(), error switch
            {
                GeometryError.HopsOutOfRange => nameof(hops),
                GeometryError.BodyOutOfRange => nameof(body),
                _ => nameof(reply),
            });
        }

        Hops = hops;
        Body = body;
        Reply = reply;
    }

    /// <summary>The default: 10 hops, 2048 bytes of lane A, 512 of lane B; packets of 3169 bytes.</summary>
    public static PacketGeometry Default { get; } = new(10, 2048, 512);

    /// <summary>N, the slots in the header and so the greatest number of hops.</summary>
    public int Hops { get; }

    /// <summary>Bytes of lane A.</summary>
    public int Body { get; }

    /// <summary>Bytes of lane B.</summary>
    public int Reply { get; }

    /// <summary>Bytes of beta, all slots together.</summary>
    public int BetaBytes => Hops * PacketFormat.SlotBytes;

    /// <summary>Bytes before lane A.</summary>
    public int HeaderBytes => PacketFormat.BetaOffset + BetaBytes;

    /// <summary>Where lane A starts.</summary>
    public int LaneAOffset => HeaderBytes;

    /// <summary>Where lane B starts.</summary>
    public int LaneBOffset => HeaderBytes + Body;

    /// <summary>Bytes of a whole packet.</summary>
    public int PacketBytes => HeaderBytes + Body + Reply;

    /// <summary>The longest message of a forward packet, in bytes.</summary>
    public int MessageCapacity => Body - PacketFormat.LengthBytes;

    /// <summary>The longest message of a reply, in bytes.</summary>
    public int ReplyCapacity => Reply - PacketFormat.ReplyNonceBytes - PacketFormat.GammaBytes - PacketFormat.LengthBytes;

    /// <summary>Makes a geometry from numbers of unknown quality.</summary>
    /// <param name="hops">Slots in the header.</param>
    /// <param name="body">Bytes of lane A.</param>
    /// <param name="reply">Bytes of lane B.</param>
    /// <param name="geometry">The geometry, or <see langword="null"/>.</param>
    /// <param name="error">What is wrong, first found first.</param>
    /// <returns>Whether the numbers are valid.</returns>
    public static bool TryCreate(
        int hops,
        int body,
        int reply,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PacketGeometry? geometry,
        out GeometryError error)
    {
        error = Validate(hops, body, reply);
        geometry = error == GeometryError.None ? new PacketGeometry(hops, body, reply) : null;
        return geometry is not null;
    }

    private static GeometryError Validate(int hops, int body, int reply) => (hops, body, reply) switch
    {
        ( < 1 or > MaxHops, _, _) => GeometryError.HopsOutOfRange,
        (_, < MinLaneBytes or > MaxBody, _) => GeometryError.BodyOutOfRange,
        (_, _, < MinLaneBytes) => GeometryError.ReplyOutOfRange,
        _ => reply > body ? GeometryError.ReplyOutOfRange : GeometryError.None,
    };
}
