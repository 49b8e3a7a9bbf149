namespace MixMq.Simulation.Network;

/// <summary>Arrays for cells that are under way, used again and again.</summary>
internal sealed class CellStock(int cellBytes)
{
    private readonly Stack<byte[]> _free = new();

    public byte[] Take() => _free.TryPop(out var cell) ? cell : new byte[cellBytes];

    public void Return(byte[] cell) => _free.Push(cell);
}
