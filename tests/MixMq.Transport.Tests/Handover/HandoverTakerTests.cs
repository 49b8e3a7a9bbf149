using MixMq.Overlay.Links;
using MixMq.Transport.Configuration;
using MixMq.Transport.Handover;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Handover;

/// <summary>What a float makes of what is handed over, by one inside or by two, when it is good and when it isn't.</summary>
public sealed class HandoverTakerTests : IAsyncLifetime
{
    private const string Taken = "and is in use";
    private readonly TestCa _ca = new();
    private readonly TestLog _log = new();
    private readonly ServedCertificate _shown = new(null);
    private readonly RevocationSet _lists = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PeerConfiguration _one;
    private readonly PeerConfiguration _two;
    private readonly HandoverTaker _taker;
    private readonly Task _running;
    private int _changes;

    public HandoverTakerTests()
    {
        (_one, _two) = (Inside("one", 1), Inside("two", 2));
        _taker = new HandoverTaker([_one, _two, Inside("outside", 3) with { HandsOver = false }], _shown, _lists, () => Interlocked.Increment(ref _changes), TimeProvider.System, _log);
        _running = _taker.RunAsync(_stop.Token);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _taker.Dispose();
        _stop.Dispose();
        _ca.Dispose();
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public async Task What_comes_again_unchanged_changes_nothing()
    {
        using var certificate = new LocalCertificate(_ca.Issue(), []);
        await HandOverAsync(_one, certificate, Taken);
        var shown = _shown.Current;
        HandOver(_two, Message(certificate));
        await ListsAsync(_two, []);
        Assert.Same(shown, _shown.Current);
        Assert.Equal(1, Volatile.Read(ref _changes));
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public async Task What_can_not_be_used_is_said_and_what_was_there_stays()
    {
        using var good = new LocalCertificate(_ca.Issue(), []);
        using var expired = new LocalCertificate(_ca.Issue(toDay: 5), []);
        await HandOverAsync(_one, good, Taken);
        await ListsAsync(_one, _ca.RevocationList([]));
        await HandOverAsync(_one, expired, "it, or an intermediate that is sent with it, has expired");
        HandOver(_one, [1, 2, 3]);
        await _log.WaitForAsync("is no certificate with its private key");
        _taker.HandedOver(_one.Address, HandoverKind.RevocationLists, [1, 2, 3, 4, 5]);
        await _log.WaitForAsync("as revocation lists can't be used");
        Assert.Equal(good.Hash.ToArray(), _shown.Current!.Hash.ToArray());
        Assert.Single(_lists.Current);
    }

    [Fact]
    [Trait("Spec", "LNK-33")]
    public async Task A_certificate_is_forgotten_when_the_last_that_handed_it_over_is_gone()
    {
        using var certificate = new LocalCertificate(_ca.Issue(), []);
        await HandOverAsync(_one, certificate, Taken);
        HandOver(_two, Message(certificate));
        await ListsAsync(_two, []);
        _taker.Ended(_one.Address);
        await ListsAsync(_one, []);
        Assert.NotNull(_shown.Current);
        _taker.Ended(_two.Address);
        await _log.WaitForAsync("is forgotten");
        Assert.Null(_shown.Current);
    }

    [Fact]
    [Trait("Spec", "LNK-33")]
    public async Task What_waits_when_its_connection_ends_is_not_taken_and_what_comes_after_is()
    {
        using var first = new LocalCertificate(_ca.Issue(), []);
        using var second = new LocalCertificate(_ca.Issue(), []);
        HandOver(_one, Message(first));
        _taker.Ended(_one.Address);
        HandOver(_one, Message(second));
        await _log.WaitForAsync(Taken);
        await ListsAsync(_one, []);
        Assert.Equal(second.Hash.ToArray(), _shown.Current!.Hash.ToArray());
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public async Task Lists_of_two_insides_are_used_together_and_each_replaces_its_own()
    {
        using var revoked = _ca.Issue();
        var (empty, one) = (_ca.RevocationList([]), _ca.RevocationList([revoked]));
        await ListsAsync(_one, one);
        await ListsAsync(_two, empty);
        Assert.Equal([one, empty], _lists.Current.Select(list => list.Encoded.ToArray()));
        await ListsAsync(_one, []);
        Assert.Equal([empty], _lists.Current.Select(list => list.Encoded.ToArray()));
    }

    [Fact]
    public async Task Others_hand_nothing_over()
    {
        using var certificate = new LocalCertificate(_ca.Issue(), []);
        var stranger = Inside("stranger", 3).Address;
        _taker.HandedOver(stranger, HandoverKind.Certificate, Message(certificate));
        _taker.HandedOver(stranger, HandoverKind.RevocationLists, []);
        _taker.Ended(stranger);
        await ListsAsync(_one, []);
        Assert.Null(_shown.Current);
        Assert.Single(_log.Lines);
    }

    private static PeerConfiguration Inside(string name, byte address) => new()
    {
        Name = name,
        Address = Sphinx.NodeAddress.FromBytes(Enumerable.Repeat(address, 32).ToArray()),
        Accept = true,
        Inner = true,
        HandsOver = true,
        Trust = new PinnedKeyTrust(default),
    };

    private static byte[] Message(LocalCertificate certificate)
    {
        Assert.True(CertificateMessage.TryWrite(certificate, out var message, out var error), error);
        using (message)
        {
            return message.Content.ToArray();
        }
    }

    private void HandOver(PeerConfiguration peer, byte[] message) => _taker.HandedOver(peer.Address, HandoverKind.Certificate, message);

    private Task<string> HandOverAsync(PeerConfiguration peer, LocalCertificate certificate, string said)
    {
        HandOver(peer, Message(certificate));
        return _log.WaitForAsync(said);
    }

    /// <summary>Hands lists over and waits until they are in use; all that came before has been taken by then.</summary>
    private async Task ListsAsync(PeerConfiguration peer, byte[] list)
    {
        var lines = _log.Lines.Length;
        _taker.HandedOver(peer.Address, HandoverKind.RevocationLists, list.Length == 0 ? [] : [.. BitConverter.GetBytes(list.Length), .. list]);
        await _log.WaitForAsync($"{peer.Name} handed over {(list.Length == 0 ? 0 : 1)} revocation lists", lines);
    }
}
