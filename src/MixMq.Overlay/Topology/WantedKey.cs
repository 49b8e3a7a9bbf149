using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>Under what an announcement waits to be fetched: of an origin's ordinary records only the newest matters, evidence comes in twos.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WantedKey
{
    private readonly NodeAddress _address;
    private readonly RecordHash _evidence;
    private readonly int _code;

    public WantedKey(in Announcement announced)
    {
        _address = announced.Address;
        _evidence = announced.IsEvidence ? announced.Hash : default;
        _code = TableCode.Of(_address) ^ (announced.IsEvidence ? TableCode.Of(_evidence) : 0);
    }

    public override int GetHashCode() => _code;
}
