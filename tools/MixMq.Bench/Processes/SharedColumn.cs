using System.IO.MemoryMappedFiles;

namespace MixMq.Bench.Processes;

/// <summary>Whole numbers in a file that several processes have mapped, each of them with one writer.</summary>
internal sealed unsafe class SharedColumn : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _values;

    public SharedColumn(string path, int count)
    {
        Count = count;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, mapName: null, (long)count * sizeof(long));
        _view = _file.CreateViewAccessor();
        byte* address = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        _values = (long*)address;
    }

    public int Count { get; }

    public long this[int index]
    {
        get => Volatile.Read(ref _values[Checked(index)]);
        set => Volatile.Write(ref _values[Checked(index)], value);
    }

    public void Clear() => new Span<long>(_values, Count).Clear();

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private int Checked(int index) => (uint)index < (uint)Count ? index : throw new ArgumentOutOfRangeException(nameof(index));
}
