using System.IO.MemoryMappedFiles;

namespace MixMq.Fuzz.Shell;

/// <summary>
/// Keeps the input under way in a file, so that it is there after the process has died (a stack overflow can't be caught), and ends the process
/// when one input takes too long: a thread can't be ended alone.
/// </summary>
internal sealed unsafe class RunWatch : IDisposable
{
    /// <summary>Processor time, not time: a busy machine is no hang.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _address;
    private readonly Timer _timer;
    private long _run;
    private long _seenRun;
    private TimeSpan _seenProcessorTime;

    public RunWatch(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, mapName: null, RunInputs.MostBytes + sizeof(int));
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _address);
        _timer = new Timer(_ => Look(), state: null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>An input begins.</summary>
    public void Begin(ReadOnlySpan<byte> input)
    {
        var length = Math.Min(input.Length, RunInputs.MostBytes);
        *(int*)_address = length;
        input[..length].CopyTo(new Span<byte>(_address + sizeof(int), length));
        Volatile.Write(ref _run, _run + 1);
    }

    /// <summary>It has ended.</summary>
    public void End() => Volatile.Write(ref _run, _run + 1);

    public void Dispose()
    {
        _timer.Dispose();
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    // Odd: an input is under way.
    private void Look()
    {
        var run = Volatile.Read(ref _run);
        var time = Environment.CpuUsage.TotalTime;
        if (run != _seenRun || run % 2 == 0)
        {
            (_seenRun, _seenProcessorTime) = (run, time);
        }
        else if (time - _seenProcessorTime > Limit)
        {
            Environment.FailFast("One input takes longer than 5 s of processor time. It is in the file of the last input.");
        }
    }
}
