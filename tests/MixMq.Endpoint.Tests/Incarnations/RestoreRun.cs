using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Incarnations;

/// <summary>
/// Two endpoints write to each other over a bad network, from a seed; now and then one of them is killed and has its store put back as it was at any earlier time, one is cut off, or
/// the contents that it kept are gone. In the end what both stores say must agree.
/// </summary>
internal sealed class RestoreRun
{
    private const int Steps = 40;
    private static readonly string[] Conversations = ["", "orders"];
    private readonly List<(PairEnd End, DiskImage Image)> _backups = [];
    private readonly HashSet<MessageId> _dropped = [];
    private readonly EndpointPair _pair;

    /// <param name="seed">Everything comes from it.</param>
    /// <param name="page">Messages that are loaded at once; 0: as in a node, which is more than are ever sent here.</param>
    public RestoreRun(long seed, int page = 0)
    {
        _pair = new EndpointPair(seed, options => page == 0 ? options : options with { OutboxPage = page }, geometry: new PacketGeometry(10, 16_384, 512));
        _pair.Pipe.Loss = 0.1 * Random.NextDouble();
        _pair.Pipe.Doubling = 0.1 * Random.NextDouble();
        _pair.Pipe.MeanDelayMs = 5 + (100 * Random.NextDouble());
    }

    public int Restores { get; private set; }

    /// <summary>Gaps that the two report at the end.</summary>
    public int Gaps => Ends.Sum(end => end.Store.Gaps.Count);

    public long Recalled { get; private set; }

    private IRandomSource Random => _pair.Random;

    private PairEnd[] Ends => [_pair.Alice, _pair.Bob];

    public void Run()
    {
        _pair.Start();
        foreach (var end in Ends)
        {
            _backups.Add((end, end.Backup()));
        }

        for (var step = 0; step < Steps; step++)
        {
            Act(Random.NextInt32(20), Ends[Random.NextInt32(2)]);
            _pair.RunFor(Random.NextInt32(400));
        }

        _pair.AliceRoutes.Open = _pair.BobRoutes.Open = true;
        foreach (var end in Ends)
        {
            end.Topology();
            foreach (var conversation in Conversations)
            {
                Submit(end, conversation);
            }
        }

        for (var again = 0; again < 3; again++)
        {
            Assert.True(_pair.RunUntilQuiet(3_600_000), "something is stuck");
            _pair.RunFor(70_000);
        }

        Assert.True(_pair.IsQuiet, "it isn't over");
        Recalled += Ends.Sum(end => end.Snapshot().Recalled);
        Judge(_pair.Alice, _pair.Bob);
        Judge(_pair.Bob, _pair.Alice);
    }

    private void Act(int choice, PairEnd end)
    {
        switch (choice)
        {
            case < 9:
                for (var count = Random.NextInt32(6); count >= 0; count--)
                {
                    Submit(end, Conversations[Random.NextInt32(2)]);
                }

                break;
            case < 12:
                _backups.Add((end, end.Backup()));
                break;
            case < 15:
                var index = Random.NextInt32(_backups.Count);
                var (owner, image) = _backups[index];

                // What was copied in a time that this undoes is of another history.
                _backups.RemoveAll(backup => backup.End == owner && _backups.IndexOf(backup) > index);
                Recalled += owner.Alive ? owner.Snapshot().Recalled : 0;
                owner.Kill();
                _pair.RunFor(10_000);
                owner.Restore(image);
                Restores++;
                break;
            case < 17:
                end.Kill();
                end.Start();
                break;
            case < 19:
                var routes = end == _pair.Alice ? _pair.AliceRoutes : _pair.BobRoutes;
                routes.Open = !routes.Open;
                end.Topology();
                break;
            default:
                end.Store.DropKept(id => Random.NextInt32(2) == 0 && (_dropped.Add(id) || true));
                break;
        }
    }

    private void Submit(PairEnd end, string conversation) => _pair.Submit(
        end,
        end == _pair.Alice ? _pair.Bob : _pair.Alice,
        conversation,
        Random.NextInt32(8) == 0 ? 2_000 : Random.NextInt32(200),
        Random.NextInt32(8) == 0 ? 300 : 0);

    private void Judge(PairEnd from, PairEnd to)
    {
        foreach (var conversation in from.Store.OutboundConversations)
        {
            var sent = from.Store.Sent.Where(entry => entry.Conversation == conversation.Conversation).ToDictionary(entry => entry.Sequence);
            var came = to.Store.Inbox.Where(entry => entry.Place.Conversation == conversation.Conversation).ToList();
            var byPlace = came.ToDictionary(entry => entry.Place.Sequence);
            var lostSent = Lost(from, GapKind.Sent, conversation.Conversation);
            var lostReceived = Lost(to, GapKind.Received, conversation.Conversation);

            // No place has two messages, and what the sender doesn't know in a place it says it doesn't.
            foreach (var entry in came)
            {
                Assert.True(lostSent.Contains(entry.Place.Sequence) || (sent.TryGetValue(entry.Place.Sequence, out var row) && row.Id == entry.Id), "a place was used twice");
            }

            for (var sequence = 1UL; sequence < conversation.NextSequence; sequence++)
            {
                Assert.True(sent.ContainsKey(sequence) || lostSent.Contains(sequence), "a place is unaccounted for at its sender");
                Assert.True(byPlace.ContainsKey(sequence) || lostReceived.Contains(sequence), "a place is unaccounted for at its recipient");
            }

            // What a recipient lists as lost its sender couldn't send again: it never went away, or came back with the sender's store when it was too late.
            foreach (var sequence in lostReceived.Where(sent.ContainsKey))
            {
                var id = sent[sequence].Id;
                Assert.False(!_dropped.Contains(id) && from.Store.StatusOf(id) == OutboxStatus.Acknowledged && from.Store.ReadOutboxContent(id) is not null, $"{sequence} is listed as lost, and its sender has it");
            }

            // Each message once, in the order of the places, with the sender's own content. That one has expired may be told again.
            var given = came.Where(entry => !entry.Repeated && !entry.Tombstone).Select(entry => entry.Id).ToList();
            Assert.Equal(given.Count, given.Distinct().Count());
            Assert.All(came, entry => Assert.Equal(InboxState.Ready, entry.State));
            Assert.Equal(came.Select(entry => entry.Place.Sequence).Order(), came.OrderBy(entry => entry.Position).Select(entry => entry.Place.Sequence));
            foreach (var entry in came.Where(entry => !entry.Tombstone && !entry.Repeated && from.Store.ReadOutboxContent(entry.Id) is not null))
            {
                Assert.True(from.Store.ReadOutboxContent(entry.Id)!.Value.Span.SequenceEqual(entry.Content.Span), "a body was changed");
            }

            foreach (var row in sent.Values.Where(row => from.Store.StatusOf(row.Id) == OutboxStatus.Acknowledged))
            {
                Assert.True(came.Exists(entry => entry.Id == row.Id) || lostReceived.Contains(row.Sequence) || lostSent.Contains(row.Sequence), "an acknowledged message is missing");
            }
        }
    }

    private static HashSet<ulong> Lost(PairEnd end, GapKind kind, ConversationId conversation)
    {
        var places = new HashSet<ulong>();
        foreach (var gap in end.Store.Gaps.Where(gap => gap.Kind == kind && gap.Conversation == conversation))
        {
            for (var sequence = gap.First; sequence <= gap.Last; sequence++)
            {
                places.Add(sequence);
            }
        }

        return places;
    }
}
