using System.Collections.Immutable;
using System.Globalization;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Pings;
using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// Pings and their answers are alone in their packets; a node answers nothing but pings that reached it, each packet once at most and to who asked; no ping ends as answered without an answer that came; none is stored; none is open at
/// the end; and where nothing fails, who asks is answered.
/// </summary>
public sealed class PingsAreAnsweredOnce(Exemptions exemptions) : Invariant(exemptions)
{
    private const byte PingType = 13;
    private const byte AnswerType = 14;
    private const int NonceAt = 3 + (2 * NodeAddress.ByteLength);
    private const int NonceBytes = 16;
    private const int PingBytes = 3 + 176;
    private const int AnswerBytes = 3 + 32;

    /// <summary>More than any packet takes there and any answer back.</summary>
    private const double LongestSeconds = 30;
    private const int MostAsked = 3;
    private readonly Dictionary<string, Asked> _pings = [];
    private readonly Dictionary<int, long> _came = [];

    /// <summary>Pings that were answered while nothing failed.</summary>
    public long AnsweredQuietly { get; private set; }

    public override void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
        if (!IsHonest(node))
        {
            return;
        }

        switch (Type(message))
        {
            case PingType when message.Length != PingBytes:
                Violate($"{node.Name} made a ping with something beside it.");
                break;
            case PingType when !_pings.TryAdd(Nonce(message, NonceAt), new Asked(node, path[^1].Address)):
                Violate($"{node.Name} made a ping with a nonce that has been used.");
                break;
            case AnswerType when message.Length != AnswerBytes:
                Violate($"{node.Name} made an answer to a ping with something beside it.");
                break;
            case AnswerType when !_pings.TryGetValue(Nonce(message, 3), out var asked) || asked.To != node.Address || --asked.Unanswered < 0:
                Violate($"{node.Name} answers a ping that didn't reach it, or again.");
                break;
            // By the address that the asker had, where the node hasn't heard that it has another key since.
            case AnswerType when World.Network.Find(path[^1].Address) != _pings[Nonce(message, 3)].From:
                Violate($"{node.Name} answers a ping to somebody else than who asked.");
                break;
        }
    }

    public override void PacketDelivered(SimNode node, ReadOnlySpan<byte> message)
    {
        if (Type(message) == PingType && message.Length == PingBytes && _pings.TryGetValue(Nonce(message, NonceAt), out var asked) && asked.To == node.Address)
        {
            asked.Unanswered++;
        }
        else if (Type(message) == AnswerType && message.Length == AnswerBytes && _pings.TryGetValue(Nonce(message, 3), out var own) && own.From == node)
        {
            _came[node.Index] = _came.GetValueOrDefault(node.Index) + 1;
        }
    }

    public override void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation is StoreOperation.AppendInbox append && _pings.ContainsKey(Convert.ToHexString(append.Entry.Id.ToArray())))
            {
                Violate($"{node.Name} stores a ping as a message.");
            }
        }
    }

    public override void Sampled()
    {
        foreach (var node in Endpoints())
        {
            var answered = node.Endpoint!.Pings.Values.Count(static ping => ping.Result == PingResult.Answered);
            if (answered > _came.GetValueOrDefault(node.Index))
            {
                Violate(string.Create(CultureInfo.InvariantCulture, $"{node.Name} has {answered} answered pings, and {_came.GetValueOrDefault(node.Index)} answers came."));
            }
        }
    }

    /// <summary>
    /// Nothing fails any more: each endpoint asks another, and is answered at the third time at the latest, for relays with little room drop a packet now and then, and a ping isn't repeated by itself. One without a path passes: few links
    /// may count, and that is the topology's, and said at once.
    /// </summary>
    public void GoOnQuietly()
    {
        var nodes = Endpoints().ToArray();
        var open = nodes.Length < 2 ? [] : nodes.Select((node, i) => (From: node, To: nodes[(i + 1) % nodes.Length])).ToList();
        for (var times = 0; times < MostAsked && open.Count > 0; times++)
        {
            var asked = open.ConvertAll(pair => (pair.From, pair.To, Token: pair.From.Endpoint!.Ping(pair.To, (int)(LongestSeconds * 1000))));
            World.RunFor(LongestSeconds + 1);
            open = [.. asked.Where(ping => ResultOf(ping.From, ping.Token) == PingResult.NoAnswer).Select(ping => (ping.From, ping.To))];
            AnsweredQuietly += asked.Count(ping => ResultOf(ping.From, ping.Token) == PingResult.Answered);
        }

        if (open.Count > 0)
        {
            Violate(string.Create(CultureInfo.InvariantCulture, $"{open[0].From.Name} had none of {MostAsked} pings answered although nothing fails."));
        }
    }

    private PingResult ResultOf(SimNode node, long token)
    {
        if (!node.Endpoint!.Pings.TryGetValue(token, out var outcome))
        {
            Violate($"{node.Name} has a ping without an end.");
        }

        return outcome.Result;
    }

    private static byte Type(ReadOnlySpan<byte> message) => message.IsEmpty ? (byte)0 : message[0];

    private static string Nonce(ReadOnlySpan<byte> message, int at) => Convert.ToHexString(message.Slice(at, NonceBytes));

    private IEnumerable<SimNode> Endpoints() => World.Nodes.Where(node => node.IsRunning && node.Endpoint is not null && IsHonest(node));

    private sealed class Asked(SimNode from, NodeAddress to)
    {
        public SimNode From { get; } = from;

        public NodeAddress To { get; } = to;

        /// <summary>Times that it came, less the answers to it.</summary>
        public int Unanswered { get; set; }
    }
}
