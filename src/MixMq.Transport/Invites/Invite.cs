using System.Security.Cryptography;
using MixMq.Sphinx;

namespace MixMq.Transport.Invites;

/// <summary>
/// What one operator tells another so that their nodes can link: who the sender's node is, how it is reached and trusted. Signed by that node.
/// Immutable; one that was read is as spec/04-links.md, section 14, says.
/// </summary>
public sealed record Invite
{
    /// <summary>Bytes of an invite, at most; its checksum is not counted.</summary>
    public const int MaxBytes = 6_144;

    /// <summary>The longest time for which an invite is good, in seconds: 90 days.</summary>
    public const long LongestSeconds = 90 * 86_400;

    /// <summary>How far its time of making may lie ahead of the reader's clock, in seconds: a day.</summary>
    public const long ClockSeconds = 86_400;

    /// <summary>Characters of a name, at most.</summary>
    public const int MaxNameLength = 64;

    /// <summary>Characters of an endpoint, at most.</summary>
    public const int MaxEndpointLength = 255;

    /// <summary>Bytes of a hash of an invite.</summary>
    public const int HashBytes = SHA256.HashSizeInBytes;

    private const int FingerprintBytes = 10;

    /// <summary>Identifier of the network, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> NetworkId { get; init; }

    /// <summary>The sender's node.</summary>
    public required NodeAddress From { get; init; }

    /// <summary>What the sender suggests to call it: letters, digits, dot, hyphen, underscore; 1 to 64.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made, in unix seconds.</summary>
    public required long IssuedUnixSeconds { get; init; }

    /// <summary>The last second in which it is good.</summary>
    public required long NotAfterUnixSeconds { get; init; }

    /// <summary>Where the sender's node may be dialled, <c>host:port</c>; null: nowhere.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Whether the sender's node dials the receiver's.</summary>
    public bool Dials { get; init; }

    /// <summary>How the sender's certificate is trusted.</summary>
    public required InviteTrust Trust { get; init; }

    /// <summary>The endpoint node that can be written to by <see cref="Name"/>; null: none is said.</summary>
    public NodeAddress? Contact { get; init; }

    /// <summary>The <see cref="Hash"/> of the invite to which it is the answer; empty: it answers none.</summary>
    public ReadOnlyMemory<byte> Answers { get; init; }

    /// <summary>The hash of the whole, 32 bytes; empty in one that isn't signed yet.</summary>
    public ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>What two people compare by voice: 80 bits of the hash.</summary>
    public string Fingerprint => FingerprintOf(Hash.Span);

    /// <summary>The fingerprint of the invite that this one answers; empty: it answers none.</summary>
    public string AnswersFingerprint => FingerprintOf(Answers.Span);

    /// <summary>Whether it can be accepted at a node at a time.</summary>
    /// <param name="own">The node.</param>
    /// <param name="networkId">Its network.</param>
    /// <param name="now">The time.</param>
    /// <returns><see cref="InviteError.None"/> when it can.</returns>
    public InviteError Judge(NodeAddress own, ReadOnlySpan<byte> networkId, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        return seconds > NotAfterUnixSeconds ? InviteError.Expired
            : IssuedUnixSeconds > seconds + ClockSeconds ? InviteError.FromTheFuture
            : !NetworkId.Span.SequenceEqual(networkId) ? InviteError.OtherNetwork
            : From == own ? InviteError.Own
            : InviteError.None;
    }

    /// <summary>Whether a text can be a name in an invite.</summary>
    /// <param name="text">Any text.</param>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= MaxNameLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
    }

    private static string FingerprintOf(ReadOnlySpan<byte> hash) =>
        hash.IsEmpty ? "" : string.Join('-', Convert.ToHexStringLower(hash[..FingerprintBytes]).Chunk(4).Select(part => new string(part)));
}
