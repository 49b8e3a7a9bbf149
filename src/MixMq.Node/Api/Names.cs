using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using MixMq.Contracts.Wire;
using MixMq.Node.Configuration;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Node.Api;

/// <summary>Names for addresses: the operator's contacts, and the network map's legal names, for sending; contacts and peers for display.</summary>
internal sealed class Names
{
    private State _state;

    // To read an address is to check that it is a key, a part of what sending costs: done once for each recipient.
    private readonly ConcurrentDictionary<string, NodeAddress> _read = new(StringComparer.Ordinal);

    public Names(NodeConfiguration configuration) => _state = new State(configuration);

    /// <summary>The network map as it is now. Set before there are callers.</summary>
    internal Func<NetworkMapView> Map { get; set; } = static () => NetworkMapView.None;

    /// <summary>The contacts as they are now.</summary>
    internal ImmutableArray<ContactConfiguration> Contacts => Volatile.Read(ref _state).Contacts;

    /// <summary>Addresses that are kept after they were read; further ones are read each time.</summary>
    private const int ReadLimit = 4096;

    /// <summary>The configured name, or empty.</summary>
    internal string Of(NodeAddress address) => Volatile.Read(ref _state).Names is var names && names.TryGetValue(address, out string? name)
        ? name
        : Map().Successions.All(address).Select(other => names.GetValueOrDefault(other)).FirstOrDefault(static other => other is not null) ?? "";

    /// <summary>An address, or the address behind a contact's name or a legal name.</summary>
    /// <exception cref="RpcException">
    /// INVALID_ARGUMENT for a mistyped address or legal name, NOT_FOUND for a name that no contact has and that isn't in the map, FAILED_PRECONDITION for a legal
    /// name that doesn't stand for one address.
    /// </exception>
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

        if (to.Contains('=', StringComparison.Ordinal))
        {
            return ResolveLegal(to);
        }

        throw to.StartsWith("mix1", StringComparison.OrdinalIgnoreCase)
            ? new RpcException(GrpcStatusCode.InvalidArgument, error.Describe())
            : new RpcException(GrpcStatusCode.NotFound, "There is no contact of that name, and it is neither an address (mix1…) nor a legal name (CN=…). Add one with: mixmq contact add");
    }

    private NodeAddress ResolveLegal(string to)
    {
        if (LegalName.TryParse(to, out LegalName? name) is not LegalNameError.None and var error)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, error.Describe());
        }

        MapLookup found = Map().Find(name!);
        return found.Outcome switch
        {
            MapLookupOutcome.Found => found.Addresses[0],
            MapLookupOutcome.Unknown => throw new RpcException(GrpcStatusCode.NotFound, found.Others.IsEmpty
                ? $"The network map has no {name}. See what it has with: mixmq map list"
                : $"The network map has no {name}. It has, and these are other names: {string.Join(" ; ", found.Others)}. A legal name is given whole."),
            MapLookupOutcome.SeveralAddresses => throw new RpcException(
                GrpcStatusCode.FailedPrecondition, $"{name} has several addresses; give the one that is meant: {string.Join(' ', found.Addresses)}"),
            MapLookupOutcome.Contradicted => throw new RpcException(
                GrpcStatusCode.FailedPrecondition, $"The authorities have signed two different entries for {name}, and neither is used; ask them for the next one, or give an address."),
            MapLookupOutcome.Revoked => throw new RpcException(GrpcStatusCode.FailedPrecondition, $"What {name} has for addresses was revoked."),
            _ => throw new RpcException(GrpcStatusCode.NotFound, "There is no contact of that name, and this network has no authorities and so no map of legal names."),
        };
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
