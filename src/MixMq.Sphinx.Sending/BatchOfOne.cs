namespace MixMq.Sphinx.Sending;

/// <summary>One packet as a batch.</summary>
internal readonly ref struct BatchOfOne : IWrapBatch
{
    private readonly ReadOnlySpan<PathHop> _path;
    private readonly ReadOnlySpan<byte> _message;
    private readonly bool _isCover;
    private readonly Span<byte> _packet;

    public BatchOfOne(ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, bool isCover, Span<byte> packet)
    {
        _path = path;
        _message = message;
        _isCover = isCover;
        _packet = packet;
    }

    public int Count => 1;

    public ReadOnlySpan<PathHop> Path(int index) => _path;

    public ReadOnlySpan<byte> Message(int index) => _message;

    public bool IsCover(int index) => _isCover;

    public Span<byte> Packet(int index) => _packet;
}
