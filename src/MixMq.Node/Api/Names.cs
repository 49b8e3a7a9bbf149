using System.Collections.Concurrent;
using System.Collections.Frozen;
using MixMq.Contracts.Wire;
using MixMq.Node.Configuration;
using MixMq.Sphinx;

namespace MixMq.Node.Api;

/// <summary>The operator's names for addresses: contacts for sending, contacts and peers for display.</summary>
internal sealed class Names
{
    private readonly FrozenDictionary<string, NodeAddress> _contacts;
    private readonly FrozenDictionary<NodeAddress, string> _names;

    // To read an address is to check that it is a key, a part of what sending costs: done once for each recipient.
    private readonly ConcurrentDictionary<string, NodeAddress> _read = new(StringComparer.Ordinal);

    public Names(NodeConfiguration configuration)
    {
        _contacts = configuration.Contacts.ToFrozenDictionary(contact => contact.Name, contact => contact.Address, StringComparer.OrdinalIgnoreCase);
        var names = new Dictionary<NodeAddress, string>();
        foreach (ContactConfiguration contact in configuration.Contacts)
        {
            names.TryAdd(contact.Address, contact.Name);
        }

        foreach (var peer in configuration.Peers)
        {
            names.TryAdd(peer.Address, peer.Name);
        }

        _names = names.ToFrozenDictionary();
    }

    /// <summary>Addresses that are kept after they were read; further ones are read each time.</summary>
    private const int ReadLimit = 4096;

    /// <summary>The configured name, or empty.</summary>
    internal string Of(NodeAddress address) => _names.GetValueOrDefault(address, "");

    /// <summary>An address, or the address behind a contact's name.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT for a mistyped address, NOT_FOUND for a name that no contact has.</exception>
    internal NodeAddress Resolve(string to)
    {
        if (_contacts.TryGetValue(to, out NodeAddress contact))
        {
            return contact;
        }

        if (_read.TryGetValue(to, out NodeAddress address))
        {
            return address;
        }

        if (NodeAddress.TryParse(to, out address, out AddressError error))
        {
            if (_read.Count < ReadLimit)
            {
                _read.TryAdd(to, address);
            }

            return address;
        }

        throw to.StartsWith("mix1", StringComparison.OrdinalIgnoreCase)
            ? new RpcException(GrpcStatusCode.InvalidArgument, error.Describe())
            : new RpcException(GrpcStatusCode.NotFound, "There is no contact of that name, and it isn't an address (mix1…). Add one with: mixmq contact add");
    }
}
