using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Disk;

/// <summary>
/// A node's disk: what is durable. What a process has asked for and wasn't told of yet is the process's, and lost with it, or not: see
/// <see cref="Nodes.StorageWriter"/>. It can be full, it can lie about what is durable, and it can be put back to an earlier state.
/// </summary>
public sealed class SimDisk
{
    private readonly Marks _marks;
    private DiskImage? _truth;

    internal SimDisk(Marks marks) => _marks = marks;

    public MemoryStore Store { get; private set; } = new();

    /// <summary>The sequence of the node's own record as stored.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>No room: commits fail.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether it says "durable" of what a crash will lose.</summary>
    public bool Lies => _truth is not null;

    /// <summary>Batches made durable, over all processes.</summary>
    public long DurableBatches { get; private set; }

    /// <summary>A backup.</summary>
    public DiskImage Backup() => new(Store.Copy(), Sequence);

    /// <summary>Puts a backup back, while no process runs.</summary>
    public void Restore(DiskImage image)
    {
        _marks.Hit(Mark.StoreRestored);
        Store = image.Store.Copy();
        Sequence = image.Sequence;
        _truth = null;
    }

    /// <summary>Puts only the stored sequence back.</summary>
    public void RestoreSequence(ulong sequence)
    {
        _marks.Hit(Mark.SequenceRestored);
        Sequence = sequence;
    }

    /// <summary>The disk is replaced by an empty one.</summary>
    public void Clear() => Restore(new DiskImage(new MemoryStore(), 0));

    /// <summary>From now on nothing is durable any more, although the disk says so.</summary>
    public void BeginLying() => _truth ??= Backup();

    /// <summary>From now on everything is durable, what it lied about included.</summary>
    public void EndLying() => _truth = null;

    /// <summary>Flips one bit in a row of a kind.</summary>
    /// <returns>What was hit; null: there is no such row with a byte in it.</returns>
    public FlippedRow? TryFlip(FlipTarget target, SimRandom random)
    {
        var flipped = Store.TryFlip(target, random);
        if (flipped is not null)
        {
            _marks.Hit(Mark.BitFlipped);
        }

        return flipped;
    }

    internal void Apply(IReadOnlyList<StoreOperation> operations)
    {
        Store.Apply(operations);
        DurableBatches++;
    }

    internal void StoreSequence(ulong sequence) => Sequence = sequence;

    /// <summary>The machine or process has ended: what the disk lied about is gone.</summary>
    internal void Crash()
    {
        if (_truth is { } truth)
        {
            _marks.Hit(Mark.DiskLieLostCommits);
            Store = truth.Store;
            Sequence = truth.Sequence;
            _truth = Backup();
        }
    }
}
