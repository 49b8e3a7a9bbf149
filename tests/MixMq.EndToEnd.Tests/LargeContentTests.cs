using System.Globalization;
using System.Security.Cryptography;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;
using MixMq.EndToEnd.Tests.Crashes;
using Xunit.Abstractions;

namespace MixMq.EndToEnd.Tests;

/// <summary>A large content goes from one institution to another, and both ends are killed on the way: real processes, real TLS.</summary>
[Collection(RigCollection.Name)]
public sealed class LargeContentTests(ITestOutputHelper output)
{
    private const int Pieces = 1937;
    private const int WholeGiB = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    /// <summary>In MiB: little in the tests, a GiB in tools/large-content-rig.sh.</summary>
    private static readonly int Size = Environment.GetEnvironmentVariable("MIXMQ_RIG_CONTENT_MIB") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 6;

    private static int MostTicks => 3_000 + (20 * Size);

    [Fact]
    [Trait("Spec", "MSG-42")]
    public async Task A_transfer_goes_on_where_it_was_when_either_end_is_killed()
    {
        await using var network = new CrashNetwork(new PaymentLedger(1), payments: false);
        network.Start();
        var content = RandomNumberGenerator.GetBytes(Size << 20);
        using var sender = network.Client("node-a");
        using var recipient = network.Client("node-b");
        await RetryAsync(() => sender.GetStatusAsync());
        await RetryAsync(() => recipient.GetStatusAsync());
        var sent = await sender.SendContentAsync(
            new SendRequest { To = network.AddressOf("node-b"), Conversation = "large", Label = "content" }, new MemoryStream(content), content.Length);
        var packets = (ulong)((content.Length / Pieces) + 1);

        // Counters begin anew with each process: what the sender sent before it was killed is counted as it was told last.
        var before = 0UL;
        await UntilSentAsync(sender, packets / 4);
        await network.Process("node-b").KillAsync();
        await UntilSentAsync(sender, packets / 2);
        before += (await sender.GetStatusAsync()).Messaging.FragmentsSent;
        await network.Process("node-a").KillAsync();
        var acknowledged = await AcknowledgedAsync(sender, sent);
        var all = before + (await sender.GetStatusAsync()).Messaging.FragmentsSent;
        Say($"{packets} packets, {all} sent: {100.0 * (all - packets) / packets:F2}% repeated; acknowledged after {acknowledged.AcknowledgedUnixMs - acknowledged.AcceptedUnixMs} ms.");

        var message = await ReceiveAsync(recipient);
        Assert.Equal((ulong)content.Length, message.Size);
        Assert.True(message.Content.IsEmpty);
        await CompareAsync(recipient, message.Position, content);

        // Begun anew after each kill it would be three quarters more. What is under way when an end dies, and is tried until that is noticed, is the
        // same for any content: of a GiB's packets less than one in a hundred. A loaded machine repeats what it is late to acknowledge, too. What was sent after
        // the last that was told is in no count, so that fewer than there are may be counted.
        Assert.InRange(all, packets / 2, packets + (packets / (Size >= WholeGiB ? 100UL : 2UL)));
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("MIXMQ_RIG_LOG") is { Length: > 0 } log)
            File.AppendAllText(log, line + Environment.NewLine);
    }

    private static async Task UntilSentAsync(NodeControlClient sender, ulong fragments)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var ticks = 0; (await sender.GetStatusAsync()).Messaging.FragmentsSent < fragments; ticks++)
        {
            Assert.True(ticks < MostTicks, "The transfer doesn't go on.");
            await tick.WaitForNextTickAsync();
        }
    }

    private static async Task<TrackResponse> AcknowledgedAsync(NodeControlClient sender, SendResponse sent)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var ticks = 0; ; ticks++)
        {
            Assert.True(ticks < MostTicks, "The content isn't acknowledged.");
            var track = await RetryAsync(() => sender.TrackAsync(new TrackRequest { MessageId = sent.MessageId }));
            if (track.State == DeliveryState.Acknowledged)
                return track;
            Assert.Equal(DeliveryState.Pending, track.State);
            await tick.WaitForNextTickAsync();
        }
    }

    private static async Task<ReceivedMessage> ReceiveAsync(NodeControlClient recipient)
    {
        await using var stream = await recipient.ReceiveAsync("test", 1);
        while (await stream.ReadAsync().AsTask().WaitAsync(Patience) is { } response)
        {
            if (response.Message is { } message)
                return message;
        }

        throw new InvalidOperationException("The stream has ended without a message.");
    }

    /// <summary>In two pieces, the second from where the first was broken off.</summary>
    private static async Task CompareAsync(NodeControlClient recipient, ulong position, ReadOnlyMemory<byte> content)
    {
        const int First = 1_000_001;
        var read = 0;
        await foreach (var chunk in recipient.ReadContentAsync(new ReadContentRequest { Position = position, MaxBytes = First }))
            read += Compare(chunk, content, read);
        Assert.Equal(First, read);
        await foreach (var chunk in recipient.ReadContentAsync(new ReadContentRequest { Position = position, Offset = First }))
            read += Compare(chunk, content, read);
        Assert.Equal(content.Length, read);
    }

    private static int Compare(ContentChunk chunk, ReadOnlyMemory<byte> content, int read)
    {
        Assert.Equal((ulong)read, chunk.Offset);
        Assert.True(content.Span[read..].StartsWith(chunk.Data.Span), $"Another content after byte {read}.");
        return chunk.Data.Length;
    }

    private static async Task<T> RetryAsync<T>(Func<Task<T>> call)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await call();
            }
            catch (Exception failure) when (failure is NodeNotRunningException or RpcException && tries < 1000)
            {
                await tick.WaitForNextTickAsync();
            }
        }
    }
}
