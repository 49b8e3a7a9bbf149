using System.Security.Cryptography;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;
using MixMq.Endpoint.Messaging;

namespace MixMq.Node.Api;

/// <summary>
/// One call of SendContent: the content goes to the store in parts as it comes, a few of them not yet durable, and becomes a message when all of it is there. A content that isn't
/// longer than Send takes is handed over like Send's.
/// </summary>
internal sealed class SendContentCall(NodeService node, UploadLimit limit, long maxContentBytes) : IDisposable
{
    private const int MaxUncommitted = 4;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte[]> _held = [];
    private readonly Queue<Task> _uncommitted = new();
    private readonly MessageId _id = MessageId.FromBytes(RandomNumberGenerator.GetBytes(MessageId.ByteCount));
    private byte[] _part = new byte[MessagingConstants.ContentPartBytes];
    private int _filled;
    private int _staged;
    private long _length;
    private long _taken;

    public void Dispose() => _hash.Dispose();

    internal async Task<SubmitOutcome> RunAsync(
        IAsyncEnumerator<SendContentRequest> input, Func<SendRequest, SubmitRequest> toSubmit, CancellationToken cancellationToken)
    {
        if (!await input.MoveNextAsync() || input.Current.Open is not { Message: { } message } open)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "open: the first request must open the stream, with a message.");
        }

        if (!message.Content.IsEmpty)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "open: the content follows in chunks.");
        }

        SubmitRequest request = toSubmit(message);
        await CheckAsync(request, (long)Math.Min(open.Size, long.MaxValue));
        limit.Enter();
        SubmitOutcome outcome = SubmitOutcome.Refused(SubmitRefusal.Stopping);
        try
        {
            while (await input.MoveNextAsync())
            {
                await AddAsync(input.Current, cancellationToken);
            }

            if (open.Size != 0 && (ulong)_length != open.Size)
            {
                throw new RpcException(GrpcStatusCode.InvalidArgument, $"size: {open.Size} bytes were announced, {_length} came.");
            }

            outcome = await SubmitAsync(request, cancellationToken);
            return outcome;
        }
        finally
        {
            if (_staged > 0 && !outcome.Accepted)
            {
                node.Endpoint.DropStaged(_id);
            }

            limit.Leave(_taken);
        }
    }

    private async Task CheckAsync(SubmitRequest request, long size)
    {
        SubmitRefusal refusal = await node.Endpoint.CheckAsync(request with { Staged = new StagedContent(_id, size, ReadOnlyMemory<byte>.Empty) });
        if (refusal != SubmitRefusal.None)
        {
            throw ControlService.Refusal(SubmitOutcome.Refused(refusal));
        }
    }

    private async Task AddAsync(SendContentRequest request, CancellationToken cancellationToken)
    {
        if (request.WhatCase != SendContentRequest.WhatOneofCase.Chunk)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "chunk: after open come chunks of the content.");
        }

        ReadOnlyMemory<byte> chunk = request.Chunk.Memory;
        _length += chunk.Length;
        if (_length > maxContentBytes)
        {
            throw ControlService.Refusal(SubmitOutcome.Refused(SubmitRefusal.ContentTooLarge));
        }

        _hash.AppendData(chunk.Span);
        while (!chunk.IsEmpty)
        {
            int some = Math.Min(chunk.Length, _part.Length - _filled);
            chunk[..some].CopyTo(_part.AsMemory(_filled));
            chunk = chunk[some..];
            _filled += some;
            if (_filled == _part.Length)
            {
                await KeepAsync(_part, cancellationToken);
                _part = new byte[MessagingConstants.ContentPartBytes];
                _filled = 0;
            }
        }
    }

    /// <summary>In memory as long as it may be a content like Send's; else in the store.</summary>
    private async Task KeepAsync(byte[] part, CancellationToken cancellationToken)
    {
        _held.Add(part);
        if (_length > MessagingConstants.MaxWholeContentBytes)
        {
            await StageHeldAsync(cancellationToken);
        }
    }

    private async Task StageHeldAsync(CancellationToken cancellationToken)
    {
        foreach (byte[] part in _held)
        {
            if (node.Store.IsShortOfSpace)
            {
                throw ControlService.Refusal(SubmitOutcome.Refused(SubmitRefusal.StoreFull));
            }

            if (_uncommitted.Count == MaxUncommitted)
            {
                await _uncommitted.Dequeue().WaitAsync(cancellationToken);
            }

            limit.Take(part.Length);
            _taken += part.Length;
            _uncommitted.Enqueue(node.Endpoint.StageAsync(new StoreOperation.StagePart(_id, _staged++, part)));
        }

        _held.Clear();
    }

    private async Task<SubmitOutcome> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        byte[] last = _part[.._filled];
        if (_length <= MessagingConstants.MaxWholeContentBytes)
        {
            return await node.Endpoint.SubmitAsync(request with { Content = (byte[])[.. _held.SelectMany(part => part), .. last] });
        }

        if (last.Length > 0)
        {
            _held.Add(last);
        }

        await StageHeldAsync(cancellationToken);
        await Task.WhenAll(_uncommitted).WaitAsync(cancellationToken);
        return await node.Endpoint.SubmitAsync(request with { Staged = new StagedContent(_id, _length, _hash.GetHashAndReset()) });
    }
}
