namespace MixMq.Overlay.Topology;

/// <summary>Puts the messages of one link together again from its cells, which arrive in order. Holds at most one message's bytes.</summary>
internal sealed class FragmentAssembler(int maxCellContent)
{
    private byte[] _buffer = [];
    private int _length;

    /// <summary>Takes the content of the next cell.</summary>
    /// <param name="cellContent">From the neighbour, unchecked.</param>
    /// <param name="message">A whole message, valid until the next call, or empty where more must come.</param>
    /// <returns>What is wrong with the cell.</returns>
    public TopologyFault Take(ReadOnlySpan<byte> cellContent, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (cellContent.Length < 2 || cellContent.Length > maxCellContent || cellContent[0] > GossipWriter.MoreFlag)
        {
            return TopologyFault.BadFragment;
        }

        var more = cellContent[0] == GossipWriter.MoreFlag;
        if (more && cellContent.Length < maxCellContent)
        {
            return TopologyFault.BadFragment;
        }

        var part = cellContent[1..];
        if (_length + part.Length > TopologyLimits.MaxMessageBytes)
        {
            return TopologyFault.MessageTooLong;
        }

        if (!more && _length == 0)
        {
            message = part;
            return TopologyFault.None;
        }

        if (_length + part.Length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Min(TopologyLimits.MaxMessageBytes, Math.Max(_length + part.Length, 2 * _buffer.Length)));
        }

        part.CopyTo(_buffer.AsSpan(_length));
        _length += part.Length;
        if (!more)
        {
            message = _buffer.AsSpan(0, _length);
            _length = 0;
        }

        return TopologyFault.None;
    }
}
