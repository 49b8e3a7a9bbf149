using System.Globalization;
using System.Net;
using MixMq.Sphinx;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>What arrived at all firewalls during a run, and what follows from it.</summary>
internal sealed class FirewallCaptures(string folder) : IAsyncDisposable
{
    /// <summary>A packet with the byte in front that says so.</summary>
    private static readonly int CellBytes = 1 + PacketGeometry.Default.PacketBytes;

    private readonly Dictionary<string, PacketCapture> _captures = [];

    public async Task StartAsync(FirewalledNetwork network)
    {
        foreach (var firewall in Institution.All.SelectMany(institution => new[] { institution.Inner, institution.Outer }))
            _captures.Add(firewall, await PacketCapture.StartAsync(network[firewall], Path.Combine(folder, firewall + ".pcap")));
    }

    /// <summary>Ends them; nothing may be missing from them.</summary>
    public async Task StopAsync()
    {
        foreach (var (firewall, (packets, dropped)) in await Task.WhenAll(_captures.Select(async capture => (capture.Key, await capture.Value.StopAsync()))))
        {
            Assert.True(dropped == 0, $"{dropped} of {packets} packets at {firewall} came too fast to be captured");
        }
    }

    /// <summary>Fails with everything that a capture shows and that must not be.</summary>
    /// <param name="ownAttempts">Attempts that the test itself has made: they alone are no breach, and each must be there, or the captures wouldn't show others.</param>
    /// <returns>What was looked at.</returns>
    public string Judge(IReadOnlySet<(IPAddress Source, IPEndPoint Target)> ownAttempts)
    {
        var seen = new HashSet<(IPAddress Source, IPEndPoint Target)>();
        var breaches = new List<string>();
        var (packets, records, cells, accepted, refused) = (0, 0, 0, 0, 0);
        foreach (var institution in Institution.All)
        {
            var gates = Enumerable.Range(1, Institution.FloatsEach).Select(number => new GateCheck(institution.InnerEndpoint(number), institution.PublicEndpoint(number))).ToList();
            var streams = new Dictionary<(string At, IPEndPoint Source, IPEndPoint Target), List<TlsRecords>>();
            foreach (var (at, packet) in InOrder(institution))
            {
                packets++;
                if (packet.IsAttempt && ownAttempts.Contains((packet.Source.Address, packet.Target)))
                    _ = seen.Add((packet.Source.Address, packet.Target));
                else if (Flaw(institution, at, packet) is { } flaw)
                    breaches.Add($"{at}: {packet.Source} to {packet.Target}, protocol {packet.Protocol}: {flaw}");
                gates.ForEach(gate => gate.Add(packet));
                var key = (at, packet.Source, packet.Target);
                if (!streams.TryGetValue(key, out var several))
                    streams.Add(key, several = []);
                // A port may be used again for another connection.
                if (several.Count == 0 || (packet.Flags.HasFlag(TcpFlags.Syn) && !several[^1].BeginsWith(packet.Sequence)))
                    several.Add(new TlsRecords());
                several[^1].Add(packet);
            }

            foreach (var (key, several) in streams)
            {
                foreach (var stream in several)
                {
                    var (count, breach) = CellCheck.Of(stream.Whole, CellBytes);
                    (records, cells) = (records + stream.Whole.Count, cells + count);
                    if (breach is not null)
                        breaches.Add($"{key.At}: {key.Source} to {key.Target}: {breach}");
                }
            }

            breaches.AddRange(Unseen(institution, streams));
            breaches.AddRange(gates.Where(gate => gate.Breaches > 0).Select(gate => $"a float of {institution.Node} accepted {gate.Breaches} from outside while its inside was away"));
            breaches.AddRange(gates.Where(gate => gate.Accepted == 0 || (gate.Refused == 0 && institution == Institution.All[0])).Select(_ => $"a float of {institution.Node} was never seen both closed and open"));
            (accepted, refused) = (accepted + gates.Sum(gate => gate.Accepted), refused + gates.Sum(gate => gate.Refused));
        }

        breaches.AddRange(ownAttempts.Except(seen).Select(attempt => $"the test's own attempt from {attempt.Source} to {attempt.Target} was not captured"));
        Assert.True(breaches.Count == 0, string.Join('\n', breaches.Take(20)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{packets} packets, {records} TLS records with {cells} cells of {CellBytes} bytes; public ports accepted {accepted} and, without an inside, refused {refused}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var capture in _captures.Values)
            await capture.DisposeAsync();
    }

    private IEnumerable<(string At, CapturedPacket Packet)> InOrder(Institution institution)
    {
        using var inner = PcapFile.Read(_captures[institution.Inner].File).GetEnumerator();
        using var outer = PcapFile.Read(_captures[institution.Outer].File).GetEnumerator();
        var (hasInner, hasOuter) = (inner.MoveNext(), outer.MoveNext());
        while (hasInner || hasOuter)
        {
            if (hasInner && (!hasOuter || inner.Current.Nanoseconds <= outer.Current.Nanoseconds))
            {
                yield return (institution.Inner, inner.Current);
                hasInner = inner.MoveNext();
            }
            else
            {
                yield return (institution.Outer, outer.Current);
                hasOuter = outer.MoveNext();
            }
        }
    }

    /// <summary>Why nobody should have sent this; null: it is as it should be.</summary>
    private static string? Flaw(Institution institution, string at, CapturedPacket packet)
    {
        if (packet.Protocol != CapturedPacket.Tcp)
            return "only TCP is spoken";
        if (!packet.IsAttempt)
            return null;
        var isInner = at == institution.Inner;
        return (isInner, packet.Target.Port) switch
        {
            (true, _) when Is(institution.Inside, packet.Target) => "an attempt to connect to the inside",
            (true, Institution.InnerPort) when Is(institution.Inside, packet.Source) => null,
            (false, Institution.PublicPort) => null,
            _ => "an attempt to connect where nobody should",
        };
    }

    /// <summary>Links of which no cell was seen, in either direction: nothing would be shown of them.</summary>
    private static IEnumerable<string> Unseen(Institution institution, Dictionary<(string At, IPEndPoint Source, IPEndPoint Target), List<TlsRecords>> streams)
    {
        foreach (var number in Enumerable.Range(1, Institution.FloatsEach))
        {
            foreach (var port in new[] { institution.InnerEndpoint(number), institution.PublicEndpoint(number) })
            {
                var from = streams.Where(stream => stream.Key.Source.Equals(port)).Sum(stream => stream.Value.Sum(one => CellCheck.Of(one.Whole, CellBytes).Cells));
                var to = streams.Where(stream => stream.Key.Target.Equals(port)).Sum(stream => stream.Value.Sum(one => CellCheck.Of(one.Whole, CellBytes).Cells));
                // The first float dials all others and is dialled by nobody.
                if ((from == 0 || to == 0) && !(port.Port == Institution.PublicPort && institution == Institution.All[0] && number == 1))
                    yield return $"no cell was seen from or to {port}";
            }
        }
    }

    private static bool Is(string net, IPEndPoint endpoint) => endpoint.Address.ToString().StartsWith(net + ".", StringComparison.Ordinal);
}
