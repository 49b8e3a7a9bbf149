using System.Runtime.CompilerServices;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Node.Messaging;
using MixMq.Storage;
using Delivery = MixMq.Node.Messaging.Delivery;

namespace MixMq.Node.Api;

/// <summary>One call of Receive: requests go to the core as they come, and what the core gives the consumer is read from the store and written out, one after the other.</summary>
internal sealed class ConsumerCall(NodeService node, Func<InboxItem, ReceivedMessage> toMessage)
{
    private const int PageItems = 64;
    private const long PageBytes = 8 << 20;
    private readonly Deliveries _outlet = new();
    private readonly Dictionary<ulong, InboxItem> _page = [];
    private RpcException? _fault;
    private long _session;

    /// <summary>A consumer's state; its damage is a status of its own.</summary>
    internal static ConsumerState? ReadState(IMessageStore store, string consumer)
    {
        try
        {
            return store.ReadConsumer(consumer);
        }
        catch (MessageStoreException failure)
        {
            throw new RpcException(failure.IsFull ? GrpcStatusCode.ResourceExhausted : GrpcStatusCode.DataLoss, failure.Message, failure);
        }
    }

    internal static RpcException BadName() =>
        new(GrpcStatusCode.InvalidArgument, $"consumer: 1 to {ConsumerName.MaxBytes} bytes of UTF-8 without control characters.");

    internal async IAsyncEnumerable<ReceiveResponse> RunAsync(
        IAsyncEnumerable<ReceiveRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IAsyncEnumerator<ReceiveRequest> input = requests.GetAsyncEnumerator(ending.Token);
        Task reading = Task.CompletedTask;
        try
        {
            OpenConsumer open = await ReadOpenAsync(input);
            int maxDeliveries = open.MaxDeliveries == 0 ? ConsumingLimits.DefaultMaxDeliveries : (int)open.MaxDeliveries;
            _session = node.Endpoint.OpenConsumer(open.Consumer, maxDeliveries, _outlet);
            if (!await _outlet.Opened.WaitAsync(cancellationToken))
            {
                ThrowIfFailed();
                yield break;
            }

            byte[] last = ReadState(node.Store, open.Consumer)?.Checkpoint.ToArray() ?? [];
            yield return new ReceiveResponse { Opened = new ConsumerOpened { Session = (ulong)_session, LastCheckpoint = ByteString.CopyFrom(last) } };

            node.Endpoint.Grant(_session, (int)open.Credit);
            reading = ReadRequestsAsync(input);
            while (await _outlet.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_outlet.End is null && _outlet.Reader.TryRead(out Delivery delivery))
                {
                    if (Response(delivery) is { } response)
                    {
                        yield return response;
                    }
                }

                if (_outlet.End is not null)
                {
                    break;
                }
            }

            ThrowIfFailed();
        }
        finally
        {
            if (_session != 0)
            {
                // A session that has ended already is passed over. A node that stops is nobody's fault.
                node.Endpoint.CloseConsumer(_session, lost: !node.IsStopping);
            }

            await ending.CancelAsync();
            await reading;
            await input.DisposeAsync();
        }
    }

    private static async Task<OpenConsumer> ReadOpenAsync(IAsyncEnumerator<ReceiveRequest> input)
    {
        if (!await input.MoveNextAsync() || input.Current.Open is not { } open)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "open: the first request must open the stream.");
        }

        if (!ConsumerName.IsValid(open.Consumer))
        {
            throw BadName();
        }

        if (open.MaxDeliveries > ConsumingLimits.MostMaxDeliveries || open.Credit > ConsumingLimits.MaxCredit)
        {
            throw new RpcException(
                GrpcStatusCode.InvalidArgument, $"open: at most {ConsumingLimits.MostMaxDeliveries} for max_deliveries, {ConsumingLimits.MaxCredit} for credit.");
        }

        return open;
    }

    /// <summary>Until the caller ends its requests, which is to leave in order, or breaks off, which the other half notices.</summary>
    private async Task ReadRequestsAsync(IAsyncEnumerator<ReceiveRequest> input)
    {
        try
        {
            while (await input.MoveNextAsync())
            {
                Take(input.Current);
            }

            node.Endpoint.CloseConsumer(_session, lost: false);
        }
        catch (RpcException fault)
        {
            _fault = fault;
            node.Endpoint.CloseConsumer(_session, lost: true);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            node.Endpoint.CloseConsumer(_session, lost: !node.IsStopping);
        }
    }

    private void Take(ReceiveRequest request)
    {
        switch (request.WhatCase)
        {
            case ReceiveRequest.WhatOneofCase.Credit when request.Credit is > 0 and <= ConsumingLimits.MaxCredit:
                node.Endpoint.Grant(_session, (int)request.Credit);
                break;
            case ReceiveRequest.WhatOneofCase.Reject when request.Reject.Cause.Length <= MessagingConstants.MaxCauseChars:
                node.Endpoint.Reject(_session, request.Reject.Position, request.Reject.Cause, request.Reject.Final);
                break;
            default:
                throw new RpcException(
                    GrpcStatusCode.InvalidArgument, $"After open come credit, 1 to {ConsumingLimits.MaxCredit}, and reject with a cause of at most {MessagingConstants.MaxCauseChars} characters.");
        }
    }

    private ReceiveResponse? Response(in Delivery delivery)
    {
        if (delivery.Position == 0)
        {
            return new ReceiveResponse { CaughtUp = new CaughtUp() };
        }

        if (!_page.Remove(delivery.Position, out InboxItem? item))
        {
            _page.Clear();
            int wanted = Math.Min(PageItems, 1 + _outlet.Reader.Count);
            foreach (InboxItem read in node.Store.ReadInbox(delivery.Position - 1, wanted, PageBytes))
            {
                _page.Add(read.Entry.Position, read);
            }

            if (!_page.Remove(delivery.Position, out item))
            {
                node.Endpoint.TellVanished(delivery.Position);
                return null;
            }
        }

        ReceivedMessage message = toMessage(item);
        message.Deliveries = (uint)delivery.Deliveries;
        return new ReceiveResponse { Message = message };
    }

    /// <summary>The deliveries have ended. Without a failure the consumer has left in order.</summary>
    private void ThrowIfFailed()
    {
        RpcException? failure = (_outlet.End, _outlet.HasOverflowed) switch
        {
            _ when _fault is not null => _fault,
            (ConsumerEnd.TakenOver, _) => new RpcException(GrpcStatusCode.Aborted, "Another stream was opened for this consumer."),
            (ConsumerEnd.TooMany, _) => new RpcException(GrpcStatusCode.ResourceExhausted, $"At most {ConsumingLimits.MaxConsumers} consumers may have a stream open."),
            (_, true) => new RpcException(GrpcStatusCode.ResourceExhausted, "The consumer grants credit and doesn't read what comes."),
            _ when node.IsStopping => new RpcException(GrpcStatusCode.Unavailable, "The node is stopping."),
            _ => null,
        };
        if (failure is not null)
        {
            throw failure;
        }
    }
}
