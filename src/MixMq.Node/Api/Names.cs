using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using MixMq.Contracts.Wire;
using MixMq.Node.Configuration;
using MixMq.Sphinx;

namespace MixMq.Node.Api;

/// <summary>The operator's names for addresses: contacts for sending, contacts and peers for display.</summary>
internal sealed class Names
{
    private State _state;

    // To read an address is to check that it is a key, a part of what sending costs: done once for each recipient.
    private readonly ConcurrentDictionary<string, NodeAddress> _read = new(StringComparer.Ordinal);

    public Names(NodeConfiguration configuration) => _state = new State(configuration);

    /// <summary>The contacts as they are now.</summary>
    internal ImmutableArray<ContactConfiguration> Contacts => Volatile.Read(ref _state).Contacts;

    /// <summary>Addresses that are kept after they were read; further ones are read each time.</summary>
    private const int ReadLimit = 4096;

    /// <summary>The configured name, or empty.</summary>
    internal string Of(NodeAddress address) => Volatile.Read(ref _state).Names.GetValueOrDefault(address, "");

    /// <summary>An address, or the address behind a contact's name.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT for a mistyped address, NOT_FOUND for a name that no contact has.</exception>
    internal NodeAddress Resolve(string to)
    {
        if (Volatile.Read(ref _state).Addresses.TryGetValue(to, out NodeAddress contact))
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

    /// <summary>Takes the names of another configuration. One caller at a time.</summary>
    /// <returns>What that changes, in numbers: the log is not to know with whom one corresponds.</returns>
    internal IEnumerable<string> Take(NodeConfiguration configuration)
    {
        var (before, after) = (_state, new State(configuration));
        Volatile.Write(ref _state, after);
        int added = after.Contacts.Count(contact => !before.Addresses.ContainsKey(contact.Name));
        int removed = before.Contacts.Count(contact => !after.Addresses.ContainsKey(contact.Name));
        int changed = after.Contacts.Count(contact => before.Contacts.Any(
            former => string.Equals(former.Name, contact.Name, StringComparison.OrdinalIgnoreCase) && (former.Address, former.MayWrite) != (contact.Address, contact.MayWrite)));
        return added + removed + changed == 0 ? [] : [$"contacts, {added} added, {changed} changed, {removed} removed"];
    }

    /// <summary>One configuration's names.</summary>
    private sealed class State
    {
        public State(NodeConfiguration configuration)
        {
            Contacts = configuration.Contacts;
            Addresses = configuration.Contacts.ToFrozenDictionary(contact => contact.Name, contact => contact.Address, StringComparer.OrdinalIgnoreCase);
            var names = new Dictionary<NodeAddress, string>();
            foreach (ContactConfiguration contact in configuration.Contacts)
            {
                names.TryAdd(contact.Address, contact.Name);
            }

            foreach (var peer in configuration.Peers)
            {
                names.TryAdd(peer.Address, peer.Name);
            }

            Names = names.ToFrozenDictionary();
        }

        public ImmutableArray<ContactConfiguration> Contacts { get; }

        public FrozenDictionary<string, NodeAddress> Addresses { get; }

        public FrozenDictionary<NodeAddress, string> Names { get; }
    }
}
