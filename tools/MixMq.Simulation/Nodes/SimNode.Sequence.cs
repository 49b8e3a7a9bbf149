using MixMq.Overlay;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;

namespace MixMq.Simulation.Nodes;

/// <content>The writer of the own record's sequence: one at a time, and what a process that ends leaves behind.</content>
public partial class SimNode
{
    private readonly Queue<ulong> _sequences = new();
    private ulong _sequenceUnderWay;
    private bool _storesSequence;

    internal void PersistSequence(ulong sequence)
    {
        // As the shipping writer: a later sequence includes every earlier one, so the oldest that wait are dropped.
        if (_sequences.Count == 4)
        {
            _ = _sequences.Dequeue();
        }

        _sequences.Enqueue(sequence);
        if (!_storesSequence)
        {
            StoreNextSequence(World.Options.Commit.Sample(_dice));
        }
    }

    private void StoreNextSequence(long after)
    {
        _storesSequence = _sequences.TryDequeue(out var sequence);
        _sequenceUnderWay = sequence;
        if (_storesSequence)
        {
            World.Clock.At(World.Clock.Micros + after, new SimEvent(this, (int)NodeEvent.SequenceStored, Incarnation, (long)sequence, null));
        }
    }

    private void SequenceStored(ulong sequence)
    {
        if (Disk.IsFull)
        {
            // Tried again: while the disk refuses, the node's record is not renewed.
            World.Marks.Hit(Mark.SequenceNotStored);
            World.Clock.At(
                World.Clock.Micros + (2 * Moment.MicrosPerSecond), new SimEvent(this, (int)NodeEvent.SequenceStored, Incarnation, (long)sequence, null));
            return;
        }

        Disk.StoreSequence(sequence);
        World.Events.SequenceStored(this, sequence);
        Enter();
        _core!.HandleSequencePersisted(sequence, Now, ref _port);
        Leave();
        StoreNextSequence(World.Options.Commit.Sample(_dice));
    }

    /// <summary>A process that ends in the middle of storing a sequence has stored it, or not.</summary>
    private void LoseSequence()
    {
        if (_storesSequence)
        {
            World.Marks.Hit(Mark.CrashWithSequenceUnderWay);
            if (!Disk.IsFull && _dice.Chance(0.5))
            {
                Disk.StoreSequence(_sequenceUnderWay);
                World.Events.SequenceStored(this, _sequenceUnderWay);
            }
        }

        _sequences.Clear();
        _storesSequence = false;
    }
}
