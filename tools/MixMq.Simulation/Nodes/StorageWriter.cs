using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;

namespace MixMq.Simulation.Nodes;

/// <summary>
/// The storage writer of a process: while one transaction is written, batches gather for the next, as in the shipping group commit. Each batch of
/// a transaction is a durable step of its own, since the transaction might as well have ended before it.
/// </summary>
internal sealed class StorageWriter(SimNode node, SimEndpoint endpoint)
{
    /// <summary>Most batches in one transaction, as in the shipping writer.</summary>
    private const int MaxBatches = 256;

    /// <summary>A batch number for what the shell itself stores.</summary>
    public const long OfShell = 0;

    private readonly Queue<(long Batch, ImmutableArray<StoreOperation> Operations)> _waiting = new();
    private readonly List<(long Batch, ImmutableArray<StoreOperation> Operations)> _writing = [];

    private bool _noneOfWriting;

    /// <summary>Nothing more is written: the core no longer agrees with the disk.</summary>
    public bool HasFailed { get; private set; }

    public int Waiting => _waiting.Count + _writing.Count;

    public void Enqueue(long batch, ImmutableArray<StoreOperation> operations)
    {
        node.World.Events.CommitBegun(node, batch, operations);
        if (!HasFailed)
        {
            _waiting.Enqueue((batch, operations));
            Next();
        }
    }

    /// <summary>A transaction's time has come.</summary>
    public void Complete()
    {
        if (node.Disk.IsFull)
        {
            HasFailed = true;
            node.World.Marks.Hit(Mark.StoreFull);
            Lose(0);
            endpoint.StoreFailed();
            return;
        }

        if (_writing.Count > 1)
        {
            node.World.Marks.Hit(Mark.SeveralBatchesInOneCommit);
        }

        var incarnation = node.Incarnation;
        for (var i = 0; i < _writing.Count; i++)
        {
            var (batch, operations) = _writing[i];
            var crash = endpoint.CrashAt(endpoint.NextDurableStep());
            if (crash is CrashPoint.None or CrashPoint.After)
            {
                Apply(batch, operations);
            }

            if (crash is CrashPoint.Before or CrashPoint.After)
            {
                _writing.RemoveRange(0, crash == CrashPoint.After ? i + 1 : i);
                _noneOfWriting = true;
                node.CrashAndRestart(endpoint.DownSeconds);
                return;
            }

            endpoint.Committed(batch, operations);
            if (node.Incarnation != incarnation)
            {
                return;
            }
        }

        _writing.Clear();
        Next();
    }

    /// <summary>The process ends in order: what waits is written first.</summary>
    public void Finish()
    {
        if (HasFailed || node.Disk.IsFull)
        {
            Lose(0);
            return;
        }

        foreach (var (batch, operations) in _writing.Concat(_waiting))
        {
            Apply(batch, operations);
        }

        _writing.Clear();
        _waiting.Clear();
    }

    /// <summary>The process has ended: of the transaction under way any prefix of batches may have become durable.</summary>
    public void Crash()
    {
        if (_writing.Count > 0)
        {
            node.World.Marks.Hit(Mark.CrashWithCommitUnderWay);
        }

        var durable = _noneOfWriting || node.Disk.IsFull || HasFailed ? 0 : node.Dice.Below(_writing.Count + 1);
        if (durable > 0)
        {
            node.World.Marks.Hit(Mark.CrashAfterCommitUnheard);
        }

        Lose(durable);
    }

    private void Lose(int durable)
    {
        for (var i = 0; i < _writing.Count; i++)
        {
            var (batch, operations) = _writing[i];
            if (i < durable)
            {
                Apply(batch, operations);
            }
            else
            {
                node.World.Events.CommitLost(node, batch, operations);
            }
        }

        _writing.Clear();
        while (_waiting.TryDequeue(out var lost))
        {
            node.World.Events.CommitLost(node, lost.Batch, lost.Operations);
        }
    }

    private void Apply(long batch, ImmutableArray<StoreOperation> operations)
    {
        node.Disk.Apply(operations);
        node.World.Events.CommitDurable(node, batch, operations);
    }

    private void Next()
    {
        if (_writing.Count > 0 || _waiting.Count == 0)
        {
            return;
        }

        while (_writing.Count < MaxBatches && _waiting.TryDequeue(out var batch))
        {
            _writing.Add(batch);
        }

        var due = node.World.Clock.Micros + (endpoint.CommitDelay ?? node.World.Options.Commit).Sample(node.Dice);
        node.World.Clock.At(due, new SimEvent(endpoint, (int)EndpointEvent.Transaction, node.Incarnation, 0, this));
    }
}
