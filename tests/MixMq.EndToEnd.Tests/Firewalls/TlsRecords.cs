using System.Buffers.Binary;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>
/// One direction of a TCP connection, put together from its segments whatever their order, and the headers of the TLS records in it (RFC 8446, section 5.1):
/// <code>type[1] ‖ version[2] ‖ length[2] ‖ length bytes</code>
/// </summary>
internal sealed class TlsRecords
{
    private const int HeaderBytes = 5;
    private readonly Dictionary<uint, ReadOnlyMemory<byte>> _early = [];
    private readonly byte[] _header = new byte[HeaderBytes];
    private readonly List<TlsRecord> _records = [];
    private uint? _first;
    private uint? _next;
    private int _headerBytes;
    private int _left;

    /// <summary>Those that have come whole, in order.</summary>
    public IReadOnlyList<TlsRecord> Whole => _left == 0 || _records.Count == 0 ? _records : [.. _records.Take(_records.Count - 1)];

    /// <summary>Whether its SYN has this number; a repeated one has too.</summary>
    public bool BeginsWith(uint sequence) => _first == sequence;

    /// <summary>A segment was on the wire, perhaps not for the first time. What comes before the connection's first SYN is left out.</summary>
    public void Add(CapturedPacket packet)
    {
        if (packet.Flags.HasFlag(TcpFlags.Syn))
        {
            _first ??= packet.Sequence;
            _next ??= packet.Sequence + 1;
        }
        else if (_next is not null && packet.Content.Length > 0)
        {
            Take(packet.Sequence, packet.Content);
        }
    }

    private void Take(uint sequence, ReadOnlyMemory<byte> content)
    {
        var ahead = unchecked((int)(sequence - _next!.Value));
        if (ahead > 0)
        {
            if (!_early.TryGetValue(sequence, out var other) || other.Length < content.Length)
                _early[sequence] = content;
            return;
        }

        if (content.Length + ahead <= 0)
            return;
        Parse(content.Span[-ahead..]);
        _next = unchecked(sequence + (uint)content.Length);
        while (Due() is { } due && _early.Remove(due, out var more))
        {
            var known = unchecked((int)(_next.Value - due));
            if (known >= more.Length)
                continue;
            Parse(more.Span[known..]);
            _next = unchecked(due + (uint)more.Length);
        }
    }

    private uint? Due()
    {
        foreach (var early in _early.Keys)
        {
            if (unchecked((int)(early - _next!.Value)) <= 0)
                return early;
        }

        return null;
    }

    private void Parse(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var taken = Math.Min(_left, bytes.Length);
            _left -= taken;
            bytes = bytes[taken..];
            if (_left > 0 || bytes.Length == 0)
                return;
            taken = Math.Min(HeaderBytes - _headerBytes, bytes.Length);
            bytes[..taken].CopyTo(_header.AsSpan(_headerBytes));
            _headerBytes += taken;
            bytes = bytes[taken..];
            if (_headerBytes == HeaderBytes)
            {
                _left = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(3));
                _records.Add(new TlsRecord(_header[0], _left));
                _headerBytes = 0;
            }
        }
    }
}
