using MixMq.Crypto;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay.Map;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>
/// Two endpoints write to each other over a bad network, from a seed; now and then one of them changes its key, and the other hears of it some time before or after, or one is killed.
/// Neither knows the other by another address than its first, unless its applications are to use the newest one, too, heard of or not.
/// </summary>
internal sealed class SuccessionRun
{
    private const int Steps = 30;
    private static readonly string[] Conversations = ["", "orders"];
    private readonly EndpointPair _pair;
    private readonly List<Succession> _all = [];
    private readonly Dictionary<PairEnd, int> _known = [];
    private readonly Dictionary<PairEnd, List<NodeAddress>> _addresses = [];
    private readonly List<(PairEnd End, string Name, NodeAddress First)> _twice = [];
    private readonly Dictionary<long, (PairEnd End, NodeAddress Address)> _sent = [];
    private readonly bool _early;

    /// <param name="seed">Everything comes from it.</param>
    /// <param name="page">Messages that are loaded at once; 0: as in a node.</param>
    /// <param name="early">Applications use each address that the other has had, as soon as it has it.</param>
    public SuccessionRun(long seed, int page = 0, bool early = false)
    {
        _early = early;
        _pair = new EndpointPair(seed, options => page == 0 ? options : options with { OutboxPage = page }, geometry: new PacketGeometry(10, 16_384, 512));
        _pair.Pipe.Loss = 0.1 * Random.NextDouble();
        _pair.Pipe.Doubling = 0.1 * Random.NextDouble();
        _pair.Pipe.MeanDelayMs = 5 + (100 * Random.NextDouble());
        (_known[_pair.Alice], _known[_pair.Bob]) = (0, 0);
    }

    public int Changes => _all.Count;

    /// <summary>Messages to an address that their node hadn't heard of.</summary>
    public int Early { get; private set; }

    /// <summary>Times that an end had conversations of one name under several addresses, and the one under the earliest went on.</summary>
    public int GoneOnAtFirst { get; private set; }

    /// <summary>Times that the one under a later address went on.</summary>
    public int GoneOnLater { get; private set; }

    /// <summary>Messages that were unsettled at a change of their sender's key.</summary>
    public long Unsettled { get; private set; }

    private IRandomSource Random => _pair.Random;

    public void Run()
    {
        _pair.Start();
        (_addresses[_pair.Alice], _addresses[_pair.Bob]) = ([_pair.Alice.Present], [_pair.Bob.Present]);
        for (var step = 0; step < Steps; step++)
        {
            Act(Random.NextInt32(20), Random.NextInt32(2) == 0 ? _pair.Alice : _pair.Bob);
            _pair.RunFor(Random.NextInt32(400));
        }

        Hear(_pair.Alice);
        Hear(_pair.Bob);
        Submit(_pair.Alice, "");
        Submit(_pair.Bob, "");
        Assert.True(_pair.RunUntilQuiet(3_600_000), "something is stuck");
        _pair.JudgeBoth();
        foreach (var (end, name, first) in _twice)
        {
            var isFirst = Assert.Single(end.Store.OutboundConversations, row => row.Name == name).Recipient == first;
            GoneOnAtFirst += isFirst ? 1 : 0;
            GoneOnLater += isFirst ? 0 : 1;
        }
    }

    private void Act(int choice, PairEnd end)
    {
        switch (choice)
        {
            case < 13:
                for (var count = Random.NextInt32(6); count >= 0; count--)
                {
                    Submit(end, Conversations[Random.NextInt32(2)]);
                }

                break;
            case < 15 when _all.Count < 8:
                Unsettled += end.Snapshot().Unsettled;
                _all.Add(end.ChangeKey((ulong)_all.Count + 1));
                if (Random.NextInt32(2) == 0)
                {
                    // The statement may be everywhere before the process runs again.
                    Hear(end == _pair.Alice ? _pair.Bob : _pair.Alice);
                    _pair.RunFor(Random.NextInt32(1000));
                }

                _addresses[end].Add(end.Present);
                end.Start();
                break;
            case < 18:
                Hear(end);
                CancelAny();
                break;
            default:
                end.Kill();
                end.Start();
                break;
        }
    }

    private void Hear(PairEnd end)
    {
        if (_known[end] < _all.Count)
        {
            var addresses = _addresses[end == _pair.Alice ? _pair.Bob : _pair.Alice];
            _twice.AddRange(end.Store.OutboundConversations.GroupBy(row => row.Name).Where(rows => rows.Count() > 1)
                .Select(rows => (end, rows.Key, rows.Select(row => row.Recipient).MinBy(addresses.IndexOf))));
            _known[end] = _all.Count;
            end.Follow(_all);
        }
    }

    private void CancelAny()
    {
        var token = _sent.Count == 0 ? 0 : 1 + Random.NextInt32(_sent.Count);
        if (token > 0 && _sent[token] is var (end, address) && end.Outcomes.TryGetValue(token, out var outcome) && outcome.Accepted)
        {
            end.Cancel(token, address);
        }
    }

    private void Submit(PairEnd end, string conversation)
    {
        var to = end == _pair.Alice ? _pair.Bob : _pair.Alice;
        NodeAddress? address = null;
        if (_early)
        {
            var addresses = _addresses[to];
            address = addresses[Random.NextInt32(addresses.Count)];
            Early += _known[end] < _all.Count ? 1 : 0;
        }

        var token = _pair.Submit(end, to, conversation, Random.NextInt32(8) == 0 ? 40_000 : Random.NextInt32(200), Random.NextInt32(8) == 0 ? 300 : 0, address);
        if (_early)
        {
            _sent[token] = (end, address ?? to.Address);
        }
    }
}
