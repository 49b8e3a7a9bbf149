using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <summary>
/// The handshake of one connection, from TLS being up to both ends authenticated (spec/04-links.md, section 4):
/// <code>
/// initiator                      acceptor
///   LINK-OPEN  ────────────────▶   permitted and trusted? else closes without a word
///              ◀────────────────   LINK-OPEN
///   LINK-AUTH  ────────────────▶   verifies, then signs
///              ◀────────────────   LINK-AUTH, established
///   verifies, established, first HELLO ▶
/// </code>
/// The acceptor is silent to strangers: its address is given to peers alone. To a peer it always shows its LINK-OPEN before it refuses for
/// version or network, so that both operators see which it was.
/// </summary>
internal sealed class LinkHandshake
{
    private readonly NetworkDefinition _network;
    private readonly NodeAddress _own;
    private readonly ConnectionInfo _info;
    private readonly LinkRole _role;
    private readonly LinkOpen _ownOpen;
    private LinkTranscript? _transcript;
    private byte[]? _ownAuth;
    private State _state = State.AwaitOpen;

    public LinkHandshake(OverlayOptions options, ConnectionInfo info, PeerLink? dialled, IRandomSource random)
    {
        _network = options.Network.Definition;
        _own = options.Own;
        _info = info;
        _role = dialled is null ? LinkRole.Acceptor : LinkRole.Initiator;
        Peer = dialled;
        Span<byte> nonce = stackalloc byte[LinkProtocol.NonceBytes];
        random.Fill(nonce);
        _ownOpen = LinkOpen.Create(_network, _own, _role, nonce);
    }

    private enum State
    {
        AwaitOpen,
        AwaitAuth,
        Signing,
        Verifying,
        Done,
    }

    /// <summary>Who it is, or claims to be; null before an acceptor knows.</summary>
    public PeerLink? Peer { get; private set; }

    public HandshakeStep Start()
    {
        if (_role == LinkRole.Acceptor)
        {
            return default;
        }

        return IsTrusted(Peer!)
            ? new HandshakeStep { Send = _ownOpen.Bytes.ToArray() }
            : Refuse(LinkRefusalReason.NotTrusted);
    }

    /// <summary>Takes the content of one control cell.</summary>
    public HandshakeStep HandleControl(ReadOnlySpan<byte> content, PeerTable peers)
    {
        var kind = content.IsEmpty ? default : (ControlKind)content[0];
        return (_state, kind) switch
        {
            (State.AwaitOpen, ControlKind.Open) => HandleOpen(content, peers),
            (State.AwaitAuth, ControlKind.Auth) => HandleAuth(content),
            (_, ControlKind.Open or ControlKind.Auth or ControlKind.Goodbye) => Refuse(LinkRefusalReason.CellOutOfOrder),
            _ => Refuse(LinkRefusalReason.Malformed),
        };
    }

    public HandshakeStep HandleSigned(ReadOnlySpan<byte> signature)
    {
        if (_state != State.Signing)
        {
            return default;
        }

        _ownAuth = _transcript!.FormatAuth(signature);
        if (_role == LinkRole.Initiator)
        {
            _state = State.AwaitAuth;
            return new HandshakeStep { Send = _ownAuth };
        }

        _state = State.Done;
        return new HandshakeStep { Send = _ownAuth, Established = true };
    }

    public HandshakeStep HandleVerified(bool valid)
    {
        if (_state != State.Verifying)
        {
            return default;
        }

        if (!valid)
        {
            return Refuse(LinkRefusalReason.BadSignature);
        }

        if (_role == LinkRole.Initiator)
        {
            _state = State.Done;
            return new HandshakeStep { Established = true };
        }

        return SignOwn();
    }

    public HandshakeStep Refuse(LinkRefusalReason reason)
    {
        _state = State.Done;
        return new HandshakeStep { Refusal = new LinkRefusal(reason, Peer?.Options.Name) };
    }

    // Judged by the setting in force: TLS may have come up while the operator changed it.
    private bool IsTrusted(PeerLink peer) => _info.TrustVersion >= peer.Options.TrustVersion && _info.TrustedFor.Contains(peer.Options.Address);

    private HandshakeStep HandleOpen(ReadOnlySpan<byte> content, PeerTable peers)
    {
        if (!LinkOpen.TryParse(content, out var open))
        {
            return Refuse(LinkRefusalReason.Malformed);
        }

        if (open.Address == _own)
        {
            return Refuse(LinkRefusalReason.Reflected);
        }

        return _role == LinkRole.Initiator ? HandleAnswer(open) : HandleCaller(open, peers);
    }

    private HandshakeStep HandleAnswer(LinkOpen open)
    {
        if (open.Role != LinkRole.Acceptor)
        {
            return Refuse(LinkRefusalReason.WrongRole);
        }

        if (open.Address != Peer!.Options.Address)
        {
            return Refuse(LinkRefusalReason.WrongAddress);
        }

        var refusal = CompareNetwork(open);
        if (refusal is not null)
        {
            _state = State.Done;
            return new HandshakeStep { Refusal = refusal };
        }

        _transcript = new LinkTranscript(_role, _ownOpen, open, _info);
        return SignOwn();
    }

    private HandshakeStep HandleCaller(LinkOpen open, PeerTable peers)
    {
        if (open.Role != LinkRole.Initiator)
        {
            return Refuse(LinkRefusalReason.WrongRole);
        }

        Peer = peers.Find(open.Address);
        if (Peer is null || !Peer.Options.Accepts)
        {
            return Refuse(LinkRefusalReason.NotPermitted);
        }

        if (!IsTrusted(Peer))
        {
            return Refuse(LinkRefusalReason.NotTrusted);
        }

        var refusal = CompareNetwork(open);
        _transcript = new LinkTranscript(_role, _ownOpen, open, _info);
        _state = refusal is null ? State.AwaitAuth : State.Done;
        return new HandshakeStep { Send = _ownOpen.Bytes.ToArray(), Refusal = refusal };
    }

    private HandshakeStep HandleAuth(ReadOnlySpan<byte> content)
    {
        // Checked for its own sake only in the report: a reflected signature is by the wrong key and over the wrong role anyway.
        if (_ownAuth is not null && content.SequenceEqual(_ownAuth))
        {
            return Refuse(LinkRefusalReason.Reflected);
        }

        if (_transcript!.Compare(content) is { } reason)
        {
            return Refuse(reason);
        }

        _state = State.Verifying;
        return new HandshakeStep
        {
            Verify = _transcript.Message(_role == LinkRole.Initiator ? LinkRole.Acceptor : LinkRole.Initiator),
            Signature = LinkTranscript.Signature(content).ToArray(),
        };
    }

    private HandshakeStep SignOwn()
    {
        _state = State.Signing;
        return new HandshakeStep { Sign = _transcript!.Message(_role) };
    }

    private LinkRefusal? CompareNetwork(LinkOpen open)
    {
        if (open.MinimumVersion > LinkProtocol.MaximumVersion || open.MaximumVersion < LinkProtocol.MinimumVersion)
        {
            return new LinkRefusal(LinkRefusalReason.VersionMismatch, Peer!.Options.Name, open.MinimumVersion, open.MaximumVersion);
        }

        return open.NetworkId.SequenceEqual(_network.Id) ? null : new LinkRefusal(LinkRefusalReason.NetworkMismatch, Peer!.Options.Name);
    }
}
