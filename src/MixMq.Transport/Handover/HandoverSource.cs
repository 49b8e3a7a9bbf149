using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using MixMq.Overlay.Links;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Files;
using MixMq.Transport.Keys;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Handover;

/// <summary>The inside's part: reads what floats are to get, at the start and whenever its files change, and gives it to the core.</summary>
internal sealed class HandoverSource
{
    private readonly SchedulerInbox _inbox;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private ImmutableDictionary<NodeAddress, Handed> _items;

    /// <param name="peers">The configured peers; those with something to hand over count.</param>
    /// <param name="inbox">The core's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal HandoverSource(IEnumerable<PeerConfiguration> peers, SchedulerInbox inbox, TimeProvider time, ILogger log)
    {
        _inbox = inbox;
        _time = time;
        _log = log;
        _items = peers.ToImmutableDictionary(peer => peer.Address, peer => new Handed(KeyOf(peer), [.. ItemsOf(peer)]));
    }

    /// <summary>What is handed over anew when it changes.</summary>
    internal IEnumerable<Reloadable> Reloadables => Volatile.Read(ref _items).Values.SelectMany(peer => peer.Items).Select(item => item.Reloadable);

    /// <summary>Hands over what there is, once the core takes input. What can't be read is logged, and tried again when it changes.</summary>
    internal void Begin() => Begin(_items.Values.SelectMany(peer => peer.Items));

    /// <summary>Other peers are configured, and the core has been told: hands over to those for which something new is configured. One caller at a time.</summary>
    internal void SetPeers(IEnumerable<PeerConfiguration> peers)
    {
        var before = _items;
        var after = peers.ToImmutableDictionary(
            peer => peer.Address,
            peer => before.TryGetValue(peer.Address, out var known) && known.Key == KeyOf(peer) ? known : new Handed(KeyOf(peer), [.. ItemsOf(peer)]));
        Volatile.Write(ref _items, after);
        Begin(after.Where(peer => !before.TryGetValue(peer.Key, out var known) || known.Key != peer.Value.Key).SelectMany(peer => peer.Value.Items));
    }

    private void Begin(IEnumerable<(Reloadable Reloadable, Func<string?> Take)> items)
    {
        foreach (var (reloadable, take) in items)
        {
            if (take() is { } problem)
            {
                Log.NotHandedOver(_log, reloadable.What, problem);
            }
        }
    }

    /// <summary>What is handed over to whom, as text.</summary>
    private static string KeyOf(PeerConfiguration peer) =>
        string.Join('\n', [peer.Name, peer.HandOver?.Lists ?? "", .. peer.HandOver?.Certificate?.Paths ?? []]);

    private IEnumerable<(Reloadable Reloadable, Func<string?> Take)> ItemsOf(PeerConfiguration peer)
    {
        if (peer.HandOver?.Certificate is { } files)
        {
            yield return Item($"The certificate for {peer.Name}", files.Paths, () => TakeCertificate(peer.Address, files));
        }

        if (peer.HandOver?.Lists is { } file)
        {
            yield return Item($"The revocation lists for {peer.Name}", [file], () => TakeLists(peer.Address, file));
        }
    }

    private static (Reloadable Reloadable, Func<string?> Take) Item(string what, ImmutableArray<string> files, Func<string?> take) =>
        (new Reloadable(what, files, take), take);

    private string? TakeCertificate(NodeAddress peer, CertificateFiles files)
    {
        try
        {
            using var certificate = files.Load();
            if (certificate.FaultAt(_time.GetUtcNow()) is { } fault)
            {
                return fault;
            }

            return CertificateMessage.TryWrite(certificate, out var message, out var error) ? Post(peer, message) : error;
        }
        catch (KeyFileException e)
        {
            return e.Message;
        }
    }

    private string? TakeLists(NodeAddress peer, string file) => ListsMessage.TryRead(file, out var message, out var error) ? Post(peer, message) : error;

    private string? Post(NodeAddress peer, HandoverMessage message)
    {
        if (!_inbox.Post(new CoreAnswer.HandOver(peer, message)))
        {
            // The node is stopping.
            message.Dispose();
        }

        return null;
    }

    /// <summary>What one peer gets.</summary>
    /// <param name="Key">Tells whether it is the same as before.</param>
    /// <param name="Items">What is read, and how it is handed over.</param>
    private sealed record Handed(string Key, ImmutableArray<(Reloadable Reloadable, Func<string?> Take)> Items);
}
