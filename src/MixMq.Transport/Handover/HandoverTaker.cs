using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MixMq.Crypto;
using MixMq.Overlay.Links;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Handover;

/// <summary>
/// The float's part: takes what its inside hands over, checks it off the scheduler's thread, and keeps it in memory alone. A certificate is
/// forgotten when the last connection is gone on which it came.
/// </summary>
internal sealed class HandoverTaker : IDisposable
{
    /// <summary>One signal is enough however much has come: full mode DropWrite. What has come lies in <see cref="_slots"/>.</summary>
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private ImmutableDictionary<NodeAddress, Slot> _slots;
    private readonly HashSet<NodeAddress> _holders = [];
    private readonly List<(NodeAddress Peer, Slot Slot)> _gone = [];
    private readonly Lock _lock = new();
    private readonly ServedCertificate? _certificate;
    private readonly RevocationSet _lists;
    private readonly Action _changed;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <param name="peers">The configured peers; those that hand over count.</param>
    /// <param name="certificate">Where a certificate goes; null: none is expected, and what comes is not taken.</param>
    /// <param name="lists">Where lists go.</param>
    /// <param name="changed">Called on this object's task when the certificate has come or gone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal HandoverTaker(
        IEnumerable<PeerConfiguration> peers, ServedCertificate? certificate, RevocationSet lists, Action changed, TimeProvider time, ILogger log)
    {
        _slots = peers.Where(peer => peer.HandsOver).ToImmutableDictionary(peer => peer.Address, peer => new Slot(peer.Name));
        _certificate = certificate;
        _lists = lists;
        _changed = changed;
        _time = time;
        _log = log;
    }

    /// <summary>After <see cref="RunAsync"/>: clears what was left.</summary>
    public void Dispose()
    {
        foreach (var slot in _slots.Values)
        {
            slot.Certificate?.Dispose();
        }

        _certificate?.Forget();
    }

    /// <summary>Other peers are configured: what those handed over that no longer may is forgotten. Any thread; returns at once.</summary>
    internal void SetPeers(IEnumerable<PeerConfiguration> peers)
    {
        lock (_lock)
        {
            var before = _slots;
            var after = peers.Where(peer => peer.HandsOver)
                .ToImmutableDictionary(peer => peer.Address, peer => before.GetValueOrDefault(peer.Address)?.Called(peer.Name) ?? new Slot(peer.Name));
            foreach (var (peer, slot) in before.Where(slot => !after.ContainsKey(slot.Key)))
            {
                slot.Certificate?.Dispose();
                (slot.Certificate, slot.Lists, slot.HasEnded) = (null, null, true);
                _gone.Add((peer, slot));
            }

            Volatile.Write(ref _slots, after);
        }

        _wanted.Writer.TryWrite(true);
    }

    /// <summary>Something has come; what waits of its kind is replaced. Any thread; copies and returns.</summary>
    internal void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message)
    {
        if (!Volatile.Read(ref _slots).TryGetValue(peer, out var slot) || (message.IsEmpty && kind == HandoverKind.Certificate))
        {
            return;
        }

        lock (_lock)
        {
            if (_slots.GetValueOrDefault(peer) != slot)
            {
                return;
            }

            if (kind == HandoverKind.RevocationLists)
            {
                slot.Lists = message.ToArray();
            }
            else
            {
                slot.Certificate?.Dispose();
                slot.Certificate = SecretBytes.CopyOf(message);
            }
        }

        _wanted.Writer.TryWrite(true);
    }

    /// <summary>The peer's certificate is to be forgotten, one that waits included. Any thread; returns at once.</summary>
    internal void Ended(NodeAddress peer)
    {
        if (!Volatile.Read(ref _slots).TryGetValue(peer, out var slot))
        {
            return;
        }

        lock (_lock)
        {
            slot.Certificate?.Dispose();
            slot.Certificate = null;
            slot.HasEnded = true;
        }

        _wanted.Writer.TryWrite(true);
    }

    /// <summary>Takes what comes until stopped; never throws.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await _wanted.Reader.ReadAsync(stop);
                foreach (var (peer, slot) in Slots())
                {
                    Take(peer, slot);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    /// <summary>Those that are gone first: one that came back since has a slot of its own.</summary>
    private List<(NodeAddress Peer, Slot Slot)> Slots()
    {
        lock (_lock)
        {
            List<(NodeAddress, Slot)> all = [.. _gone, .. _slots.Select(slot => (slot.Key, slot.Value))];
            if (_gone.Count > 0)
            {
                _gone.Clear();
                _lists.Current = [.. _slots.Values.SelectMany(slot => slot.Taken)];
            }

            return all;
        }
    }

    private void Take(NodeAddress peer, Slot slot)
    {
        bool ended;
        SecretBytes? certificate;
        byte[]? lists;
        lock (_lock)
        {
            (ended, certificate, lists) = (slot.HasEnded, slot.Certificate, slot.Lists);
            (slot.HasEnded, slot.Certificate, slot.Lists) = (false, null, null);
        }

        // In this order: what waits came after the end.
        if (ended && _holders.Remove(peer) && _holders.Count == 0)
        {
            _certificate?.Forget();
            Log.CertificateForgotten(_log);
            _changed();
        }

        using (certificate)
        {
            if (certificate is not null)
            {
                TakeCertificate(peer, slot.Name, certificate);
            }
        }

        if (lists is not null)
        {
            TakeLists(slot, lists);
        }
    }

    private void TakeCertificate(NodeAddress peer, string name, SecretBytes message)
    {
        if (_certificate is null)
        {
            Log.NotExpected(_log, name);
            return;
        }

        if (!CertificateMessage.TryRead(message.Span, out var certificate, out var problem) || (problem = certificate.FaultAt(_time.GetUtcNow()) ?? "").Length > 0)
        {
            certificate?.Dispose();
            Log.CertificateNotTaken(_log, name, problem);
            return;
        }

        _holders.Add(peer);
        if (_certificate.Current is { } current && current.Hash.SequenceEqual(certificate.Hash))
        {
            certificate.Dispose();
            return;
        }

        _certificate.Put(certificate);
        Log.CertificateTaken(_log, name);
        _changed();
    }

    private void TakeLists(Slot slot, byte[] message)
    {
        if (ListsMessage.Parse(message) is not { } lists)
        {
            Log.ListsNotTaken(_log, slot.Name);
            return;
        }

        // Lists say what is no longer good: one side's don't take the place of another's.
        slot.Taken = lists;
        _lists.Current = [.. _slots.Values.SelectMany(other => other.Taken)];
        Log.ListsTaken(_log, slot.Name, lists.Length);
    }

    /// <summary>What waits of one peer; under the lock but for the name and what was taken.</summary>
    private sealed class Slot(string name)
    {
        internal string Name { get; private set; } = name;

        internal SecretBytes? Certificate { get; set; }

        internal byte[]? Lists { get; set; }

        internal bool HasEnded { get; set; }

        internal RevocationList[] Taken { get; set; } = [];

        internal Slot Called(string name)
        {
            Name = name;
            return this;
        }
    }
}
