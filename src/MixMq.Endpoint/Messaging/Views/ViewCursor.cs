using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>A place in the order of records: by bucket, then by address. The default stands before all of them.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ViewCursor
{
    private readonly int _bucket;
    private readonly NodeAddress _address;

    /// <param name="address">The record there; default, which is no node's address: before all.</param>
    public ViewCursor(NodeAddress address)
    {
        _address = address;
        _bucket = address == default ? 0 : 1 + ViewBuckets.Of(address);
    }

    /// <summary>Whether a record comes after this place.</summary>
    public bool IsBefore(int bucket, NodeAddress address) => _bucket < bucket + 1 || (_bucket == bucket + 1 && _address < address);

    /// <inheritdoc cref="IsBefore(int, NodeAddress)"/>
    public bool IsBefore(in ViewCursor other) => _bucket < other._bucket || (_bucket == other._bucket && _address < other._address);
}
