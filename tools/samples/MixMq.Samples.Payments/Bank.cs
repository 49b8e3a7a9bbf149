using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Samples.Payments;

/// <summary>
/// An institution that pays another and answers each payment with one of its own. One checkpoint takes the payments that came, the payments that answer them, and
/// the books, all together or not at all. So whatever is killed, this program included, it goes on from its books, and no payment is booked twice or never.
/// </summary>
/// <remarks>There is no code here for what was under way when something failed: the books say what happened, and what didn't happen comes again.</remarks>
internal sealed class Bank(NodeControlClient node, string correspondent, string own, int count)
{
    private const string Consumer = "payments";

    /// <summary>Payments each way that are not yet answered.</summary>
    private const int Open = 48;

    /// <summary>Payments that may be with this program and not be booked.</summary>
    private const int Credit = 32;

    /// <summary>A payment that this program died of is tried again, as often as may be asked for.</summary>
    private const int MostDeliveries = 1000;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Pays until all is paid, both ways.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var stream = await node.ReceiveAsync(Consumer, Credit, MostDeliveries, cancellationToken);
                var state = await node.GetStateAsync(Consumer, CallTimeout, cancellationToken);
                if (await PayAsync(stream, Books.Read(state.State.Span), cancellationToken))
                    return;
            }
            catch (RpcException failure) when (IsPassing(failure.StatusCode))
            {
                // The node is away or has no room, or the checkpoint's answer was lost: the books say what has happened. A node that was put back from a backup has older books, and its
                // correspondent's node sends again what came since.
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>False: the stream has ended.</summary>
    private async Task<bool> PayAsync(ConsumerStream stream, Books books, CancellationToken cancellationToken)
    {
        Tell("books", books);
        var taken = new List<ReceivedMessage>();

        // The first payments answer nothing.
        if (books.Made == 0)
            books = await CheckpointAsync(stream, books, taken, Math.Min(Open, count), cancellationToken);
        while (!IsDone(books))
        {
            if (await stream.ReadAsync() is not { } response)
                return false;
            if (response.Message is { } message)
                taken.Add(message);
            if (taken.Count == 0 || (response.Message is not null && taken.Count < Credit))
                continue;
            books = await CheckpointAsync(stream, books, taken, 0, cancellationToken);
            await stream.GrantAsync(taken.Count, cancellationToken);
            taken.Clear();
        }

        return true;
    }

    /// <summary>Books what came, makes so many payments and one for each that it booked, and has it all kept.</summary>
    /// <returns>The books as they are kept now.</returns>
    private async Task<Books> CheckpointAsync(ConsumerStream stream, Books books, List<ReceivedMessage> taken, int payments, CancellationToken cancellationToken)
    {
        var before = books;
        var checkpoint = stream.NewCheckpoint();
        checkpoint.Id = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
        foreach (var message in taken)
        {
            checkpoint.Consumed.Add(message.Position);

            // Other conversations are no payments.
            if (message.Conversation != Consumer)
                continue;
            var payment = Payment.Read(message.Content.Span);
            if (books.Has(payment) || books.Lacks(payment))
            {
                Tell(string.Create(CultureInfo.InvariantCulture, $"{(books.Has(payment) ? "again" : "early")} {payment.Number}"));
                continue;
            }

            books = books.Book(payment);
            payments++;
        }

        for (; payments > 0 && books.Made < count; payments--)
        {
            var payment = Payment.Of(own, books.Made + 1);
            checkpoint.Sends.Add(new SendRequest { To = correspondent, Conversation = Consumer, Content = ByteString.CopyFrom(payment.ToContent()) });
            books = books.Make(payment);
        }

        checkpoint.State = ByteString.CopyFrom(books.ToState());
        await node.CheckpointAsync(checkpoint, CallTimeout, cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        if (books != before)
            Tell("kept", books);
        return books;
    }

    /// <summary>After each checkpoint, for whoever wants to meet the payments on their way; none unless the environment says so.</summary>
    private static TimeSpan Rest { get; } = TimeSpan.FromMilliseconds(int.TryParse(Environment.GetEnvironmentVariable("PAYMENTS_REST_MS"), CultureInfo.InvariantCulture, out var rest) ? rest : 0);

    private bool IsDone(Books books) => books.Made == count && books.Got == count;

    private static bool IsPassing(GrpcStatusCode status) => status is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded
        or GrpcStatusCode.ResourceExhausted or GrpcStatusCode.Aborted or GrpcStatusCode.FailedPrecondition;

    private static void Tell(string what, Books books) => Tell(string.Create(CultureInfo.InvariantCulture, $"{what} {books.Made} {books.Got} {books.Balance}"));

    /// <summary>In one write, so that whoever reads along gets whole lines.</summary>
    private static void Tell(string line)
    {
        Console.Out.Write(line + "\n");
        Console.Out.Flush();
    }
}
