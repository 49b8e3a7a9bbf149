using System.Collections.Immutable;
using MixMq.Sphinx;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>One neighbour that both operators agreed on, an item of <c>peers</c>.</summary>
public sealed record PeerConfiguration
{
    private const int MaxNameLength = 64;

    /// <summary>The local name, the only thing by which logs call the peer: letters, digits, dot, hyphen, underscore.</summary>
    public required string Name { get; init; }

    /// <summary>The peer's address.</summary>
    public required NodeAddress Address { get; init; }

    /// <summary>Where to dial the peer; null: it is never dialled.</summary>
    public DialTarget? Dial { get; init; }

    /// <summary>Whether the peer is dialled without the proxy of section <c>outward</c>, <c>direct</c>.</summary>
    public bool Direct { get; init; }

    /// <summary>Whether connections from the peer are accepted.</summary>
    public bool Accept { get; init; }

    /// <summary>Whether the peer is of the inside, <c>inner</c>: it connects to <c>innerListen</c> alone, and a float never dials it.</summary>
    public bool Inner { get; init; }

    /// <summary>Whether the public listener is open only while a link to this peer, or to another that activates, is up: <c>activates</c>.</summary>
    public bool Activates { get; init; }

    /// <summary>Whether the peer hands over what a float needs of its inside, <c>handsOver</c>: a certificate, revocation lists.</summary>
    public bool HandsOver { get; init; }

    /// <summary>What this node hands over to the peer, section <c>handOver</c>; null: nothing.</summary>
    public HandoverConfiguration? HandOver { get; init; }

    /// <summary>Which certificates the peer may show.</summary>
    public required TrustPolicy Trust { get; init; }

    /// <summary>The item's settings as they were written, by their paths within it, by which two readings are compared.</summary>
    internal ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Rises with each change of who may be this peer: <see cref="Overlay.PeerOptions.TrustVersion"/>.</summary>
    internal long TrustVersion { get; init; }

    internal bool HasSameSettings(PeerConfiguration other) => Settings.SequenceEqual(other.Settings);

    /// <summary>Whether both let the same certificates in, at the same listener.</summary>
    internal bool HasSameTrust(PeerConfiguration other) =>
        Inner == other.Inner && TrustSettings(this).SequenceEqual(TrustSettings(other));

    internal static PeerConfiguration? Read(ConfigurationReader reader, RevocationDefaults revocation)
    {
        var before = reader.ErrorCount;
        var name = reader.RequiredValue<string>("name", TryParseName, "a local name of up to 64 letters, digits, '.', '-' or '_'");
        var addressText = reader.Required("address", "the peer's address, which its operator reads from 'status' (mix1…)");
        var address = default(NodeAddress);
        if (addressText.Length > 0 && !NodeAddress.TryParse(addressText, out address, out var error))
        {
            reader.Report("address", error.Describe());
        }

        var dial = reader.OptionalValue<DialTarget>("dial", DialTarget.TryParse, DialTarget.Form);
        var direct = reader.Boolean("direct", false);
        var accept = reader.Boolean("accept", false);
        if (!reader.Has("dial") && !accept)
        {
            reader.Report("", "set dial (where to reach the peer), or accept to true, or both; otherwise there can be no link");
        }

        if (direct && !reader.Has("dial"))
        {
            reader.Report("direct", "says how the peer is dialled, but it isn't; remove it, or set dial");
        }

        var inner = reader.Boolean("inner", false);
        var activates = reader.Boolean("activates", false);
        var handsOver = reader.Boolean("handsOver", false);
        var handOver = HandoverConfiguration.Read(reader.Section("handOver"));
        var trust = TrustSection.Read(reader.Section("trust"), revocation);
        return reader.ErrorCount == before
            ? new PeerConfiguration
            {
                Name = name!,
                Address = address,
                Dial = dial,
                Direct = direct,
                Accept = accept,
                Inner = inner,
                Activates = activates,
                HandsOver = handsOver,
                HandOver = handOver,
                Trust = trust!,
                Settings = reader.Leaves(),
            }
            : null;
    }

    private static IEnumerable<KeyValuePair<string, string>> TrustSettings(PeerConfiguration peer) =>
        peer.Settings.Where(setting => setting.Key.StartsWith("trust", StringComparison.OrdinalIgnoreCase));

    private static bool TryParseName(string text, out string name)
    {
        name = text;
        return text.Length is > 0 and <= MaxNameLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
    }
}
