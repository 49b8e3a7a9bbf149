using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// Takes one layer off packets. The only unwrap path there is, for forward packets, replies and cover alike, for one packet and for many.
/// </summary>
/// <remarks>
/// <para>
/// Source: spec/03-sphinx.md, section 5. One instance belongs to one worker thread; the mix keys may be shared. Nothing is allocated on the
/// GC heap per packet. No branch or index depends on secrets or on plaintext before the AEAD has opened; afterwards only on command, slot
/// fields, message length and padding, SURB id and replay tag.
/// </para>
/// <para>
/// Of a batch, the first ladders are one call of <see cref="X25519Batch"/>, and the second ladders of those that relay another. Only what the AEAD
/// refused is tried under a further key. Nothing touches a replay filter before all of that is decided: then the packets' turns come in the order
/// of the batch, whatever keys they opened under, so that outcomes are those of unwrapping one by one.
/// </para>
/// </remarks>
public sealed class Unwrapper : IDisposable
{
    /// <summary>Packets that one call of <see cref="UnwrapBatch"/> takes at most.</summary>
    public const int MaxBatch = 64;

    private readonly AeadContext _aead = new();
    private readonly UnwrapScratch _scratch = new();

    /// <summary>Whether nothing is left in the working memory: for tests.</summary>
    internal bool IsClear => _scratch.IsClear;

    /// <summary>
    /// Unwraps in place. After <see cref="UnwrapKind.Relay"/> the span holds the next hop's packet; after deliver and reply it holds the
    /// opened lanes; after a drop its content is undefined, and the caller clears the buffer as after any use.
    /// </summary>
    /// <param name="packet">As received; any bytes and any length.</param>
    /// <param name="network">The network that this node is in.</param>
    /// <param name="candidates">
    /// The keys it may be for, the likelier first. A further one is tried only when authentication fails under those before it; what happens
    /// after it has succeeded is final.
    /// </param>
    /// <returns>The outcome.</returns>
    public UnwrapResult Unwrap(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates)
    {
        UnwrapResult result = default;
        var one = new BatchOfOne(packet, candidates);
        UnwrapBatch(ref one, network, new Span<UnwrapResult>(ref result));
        return result;
    }

    /// <summary>
    /// Unwraps packets in place, each with the outcome that <see cref="Unwrap"/> would give it if they were unwrapped one by one in their order.
    /// </summary>
    /// <typeparam name="TBatch">The batch's type, so that asking it costs no call through an interface.</typeparam>
    /// <param name="batch">The packets, at most <see cref="MaxBatch"/>.</param>
    /// <param name="network">The network that this node is in.</param>
    /// <param name="results">One for each packet, overwritten; what lies beyond the batch's count stays as it is.</param>
    /// <exception cref="ArgumentException">There are more packets than <see cref="MaxBatch"/>, or fewer results than packets.</exception>
    public void UnwrapBatch<TBatch>(ref TBatch batch, NetworkDefinition network, scoped Span<UnwrapResult> results)
        where TBatch : struct, IUnwrapBatch, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(network);
        var count = batch.Count;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxBatch, nameof(batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, count, nameof(results));
        try
        {
            Open(ref batch, network, results, count);
            Finish(ref batch, network, results, count);
        }
        finally
        {
            _aead.Forget();
            _scratch.Clear(count);
        }
    }

    /// <summary>
    /// The replay tag that a packet has under a key, whether or not it authenticates; the packet and the key's filter stay as they are.
    /// For tests and analysis.
    /// </summary>
    /// <param name="packet">As received.</param>
    /// <param name="network">The network.</param>
    /// <param name="key">The key.</param>
    /// <param name="tag">16 bytes, overwritten on success.</param>
    /// <returns><see langword="false"/> where the packet's form, alpha or the key doesn't allow one.</returns>
    public bool TryGetReplayTag(ReadOnlySpan<byte> packet, NetworkDefinition network, MixKey key, Span<byte> tag)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(key);
        if (CheckForm(packet, network) != DropReason.None || !key.TryAcquire())
        {
            return false;
        }

        try
        {
            _scratch.Held(0) = key;
            key.Secret.CopyTo(_scratch.Scalar(0));
            Alpha(packet).CopyTo(_scratch.Point(0));
            _scratch.Multiply(1);
            if (IsZero(_scratch.Point(0)))
            {
                return false;
            }

            HopKeys.Derive(network, _scratch.Point(0), Alpha(packet), key.Public, _scratch.Keys(0)).ReplayTag.CopyTo(tag);
            return true;
        }
        finally
        {
            _scratch.Clear(1);
        }
    }

    /// <summary>Destroys the worker's scratch memory.</summary>
    public void Dispose()
    {
        _aead.Dispose();
        _scratch.Dispose();
    }

    private static DropReason CheckForm(ReadOnlySpan<byte> packet, NetworkDefinition network)
    {
        if (packet.Length != network.Geometry.PacketBytes)
        {
            return DropReason.WrongLength;
        }

        if (packet[0] != PacketFormat.Version)
        {
            return DropReason.WrongVersion;
        }

        return X25519.IsCanonical(Alpha(packet)) ? DropReason.None : DropReason.AlphaNotCanonical;
    }

    private static ReadOnlySpan<byte> Alpha(ReadOnlySpan<byte> packet) => packet.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);

    // Not in constant time: whether a product is zero shows in what happens next anyway.
    private static bool IsZero(ReadOnlySpan<byte> product) => !product.ContainsAnyExcept((byte)0);

    // Steps 1 to 4 for all packets. Afterwards a key is held for those that opened, and only for those.
    private void Open<TBatch>(ref TBatch batch, NetworkDefinition network, scoped Span<UnwrapResult> results, int count)
        where TBatch : struct, IUnwrapBatch, allows ref struct
    {
        Span<int> waiting = stackalloc int[MaxBatch];
        Span<int> tried = stackalloc int[MaxBatch];
        var left = 0;
        for (var i = 0; i < count; i++)
        {
            var reason = CheckForm(batch.Packet(i), network);
            results[i] = UnwrapResult.Dropped(reason == DropReason.None ? DropReason.KeyDestroyed : reason);
            tried[i] = 0;
            if (reason == DropReason.None)
            {
                waiting[left++] = i;
            }
        }

        while (left > 0)
        {
            var pairs = 0;
            for (var j = 0; j < left; j++)
            {
                var i = waiting[j];
                if (TryHoldNext(batch.Candidates(i), ref tried[i], i))
                {
                    _scratch.Held(i)!.Secret.CopyTo(_scratch.Scalar(pairs));
                    Alpha(batch.Packet(i)).CopyTo(_scratch.Point(pairs));
                    waiting[pairs++] = i;
                }
            }

            _scratch.Multiply(pairs);
            left = 0;
            for (var pair = 0; pair < pairs; pair++)
            {
                var i = waiting[pair];
                var reason = TryOpen(batch.Packet(i), network, pair, i);
                if (reason == DropReason.None)
                {
                    continue;
                }

                results[i] = UnwrapResult.Dropped(reason);
                _scratch.Release(i);
                if (reason == DropReason.AuthenticationFailed)
                {
                    waiting[left++] = i;
                }
            }
        }
    }

    private bool TryHoldNext(ReadOnlySpan<MixKey> candidates, ref int tried, int packet)
    {
        while (tried < candidates.Length)
        {
            var key = candidates[tried++];
            if (key.TryAcquire())
            {
                _scratch.Held(packet) = key;
                return true;
            }
        }

        return false;
    }

    private DropReason TryOpen(Span<byte> packet, NetworkDefinition network, int pair, int index)
    {
        var shared = _scratch.Point(pair);
        if (IsZero(shared))
        {
            return DropReason.SharedSecretZero;
        }

        var keys = HopKeys.Derive(network, shared, Alpha(packet), _scratch.Held(index)!.Public, _scratch.Keys(index));
        var gamma = packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes);
        var text = packet[PacketFormat.BetaOffset..network.Geometry.LaneBOffset];
        return _aead.Open(keys.Ae, packet[..PacketFormat.GammaOffset], text, gamma) ? DropReason.None : DropReason.AuthenticationFailed;
    }

    // Steps 5 to 8 for those that opened, in the order of the batch.
    private void Finish<TBatch>(ref TBatch batch, NetworkDefinition network, scoped Span<UnwrapResult> results, int count)
        where TBatch : struct, IUnwrapBatch, allows ref struct
    {
        Span<int> relayed = stackalloc int[MaxBatch];
        var pairs = 0;
        for (var i = 0; i < count; i++)
        {
            if (_scratch.Held(i) is not { } key)
            {
                continue;
            }

            var keys = new HopKeys(_scratch.Keys(i));
            results[i] = key.ReplayFilter.TryInsert(keys.ReplayTag) switch
            {
                ReplayInsert.Inserted => Read(batch.Packet(i), network, keys),
                ReplayInsert.Duplicate => UnwrapResult.Dropped(DropReason.Replayed),
                _ => UnwrapResult.Dropped(DropReason.ReplayFilterFull),
            };
            if (results[i].Kind == UnwrapKind.Relay)
            {
                keys.Blind.CopyTo(_scratch.Scalar(pairs));
                Alpha(batch.Packet(i)).CopyTo(_scratch.Point(pairs));
                relayed[pairs++] = i;
            }
        }

        _scratch.Multiply(pairs);
        for (var pair = 0; pair < pairs; pair++)
        {
            var i = relayed[pair];
            var nextAlpha = _scratch.Point(pair);
            if (IsZero(nextAlpha))
            {
                results[i] = UnwrapResult.Dropped(DropReason.SharedSecretZero);
                continue;
            }

            nextAlpha.CopyTo(batch.Packet(i)[PacketFormat.AlphaOffset..]);
        }
    }

    private UnwrapResult Read(Span<byte> packet, NetworkDefinition network, HopKeys keys)
    {
        var geometry = network.Geometry;
        var beta = packet[PacketFormat.BetaOffset..geometry.LaneAOffset];
        var slot = new RoutingSlot(beta[..PacketFormat.SlotBytes]);
        var reason = slot.Check(network.MaxDelayMs);
        if (reason != DropReason.None)
        {
            return UnwrapResult.Dropped(reason);
        }

        // For every command alike, although deliver and drop never look at lane B.
        Span<byte> extension = stackalloc byte[PacketFormat.SlotBytes];
        extension.Clear();
        _aead.XorKeystream(keys.Lane, extension);
        _aead.ContinueKeystream(packet[geometry.LaneBOffset..]);
        switch (slot.Command)
        {
            case RoutingCommand.Relay:
                return Relay(packet, beta, slot, extension);
            case RoutingCommand.Deliver:
                reason = PaddedMessage.TryRead(packet[geometry.LaneAOffset..geometry.LaneBOffset], out var length);
                return reason == DropReason.None
                    ? UnwrapResult.Deliver(geometry.LaneAOffset + PacketFormat.LengthBytes, length)
                    : UnwrapResult.Dropped(reason);
            case RoutingCommand.Reply:
                return UnwrapResult.Reply(SurbId.FromBytes(slot.Id[..SurbId.ByteLength]), geometry.LaneBOffset, geometry.Reply);
            default:
                return UnwrapResult.Cover();
        }
    }

    // All of the next hop's packet but alpha, which the second ladder still needs.
    private static UnwrapResult Relay(Span<byte> packet, Span<byte> beta, RoutingSlot slot, ReadOnlySpan<byte> extension)
    {
        var result = UnwrapResult.Relay(NodeAddress.FromBytes(slot.Id), slot.DelayMs);
        slot.NextGamma.CopyTo(packet[PacketFormat.GammaOffset..]);
        beta[PacketFormat.SlotBytes..].CopyTo(beta);
        extension.CopyTo(beta[^PacketFormat.SlotBytes..]);
        return result;
    }

    private readonly ref struct BatchOfOne(Span<byte> packet, ReadOnlySpan<MixKey> candidates) : IUnwrapBatch
    {
        private readonly Span<byte> _packet = packet;
        private readonly ReadOnlySpan<MixKey> _candidates = candidates;

        public int Count => 1;

        public Span<byte> Packet(int index) => _packet;

        public ReadOnlySpan<MixKey> Candidates(int index) => _candidates;
    }
}
