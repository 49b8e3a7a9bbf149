using System.Runtime.CompilerServices;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Contracts.Wire;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;

namespace MixMq.Node.Api;

/// <summary>The network map.</summary>
internal sealed partial class ControlService
{
    private static readonly TimeSpan MapLook = TimeSpan.FromMilliseconds(20);

    public async IAsyncEnumerable<NetworkMapEntry> ListMapAsync(
        ListMapRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _ = await RequireAuthoritiesAsync();
        NetworkMapView map = node.Overlay.CurrentMap;
        foreach (MapEntry entry in map.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var listed = new NetworkMapEntry
            {
                Statement = UnsafeByteOperations.UnsafeWrap(entry.Encoded),
                Name = entry.Name.Text,
                Shown = entry.Name.Display(),
                Number = entry.Number,
                NotAfterUnixMs = entry.NotAfterUnixMillis,
                Contradicted = map.IsContradicted(entry.Name),
            };
            listed.Addresses.AddRange(entry.Addresses.Select(address => address.ToString()));
            listed.Revoked.AddRange(entry.Addresses.Where(map.IsRevoked).Select(address => address.ToString()));
            listed.LookAlikes.AddRange(map.LookAlikesOf(entry.Name).Select(name => name.Display()));
            yield return listed;
        }
    }

    public async Task<AddMapEntryResponse> AddMapEntryAsync(AddMapEntryRequest request, GrpcCallContext context)
    {
        SignedParameters inForce = await RequireAuthoritiesAsync();
        StatementError error = AuthorityStatement.TryParse(request.Statement.Span, out AuthorityStatement? statement);
        if (error != StatementError.None || statement is not MapEntry entry)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, error == StatementError.None ? "It is no entry of the map." : $"The entry {error.Describe()}.");
        }

        Check(entry, inForce);
        if (IsHeld(entry))
        {
            return new AddMapEntryResponse { Known = true };
        }

        if (!node.Overlay.Give(entry))
        {
            throw new RpcException(GrpcStatusCode.Unavailable, "The node is stopping.");
        }

        // Its signatures are verified by whoever is free. How long that takes is the caller's deadline to bound.
        while (!IsHeld(entry))
        {
            if (node.Overlay.CurrentMap.Entries.Length >= MapLimits.MaxNames)
            {
                throw new RpcException(GrpcStatusCode.ResourceExhausted, $"The map is full: it holds {MapLimits.MaxNames} names.");
            }

            ThrowIfSuperseded(entry);
            await Task.Delay(MapLook, context.CancellationToken);
        }

        return new AddMapEntryResponse();
    }

    private void Check(MapEntry entry, SignedParameters inForce)
    {
        if (!entry.VerifySignatures(configuration.Network.Definition.Id))
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "A signature of the entry doesn't hold in this network.");
        }

        int signed = entry.CountSigners(inForce.Authorities);
        if (signed < inForce.Threshold)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"The entry is signed by {signed} of the network's authorities, {inForce.Threshold} must.");
        }

        if (entry.NotAfterUnixMillis <= TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "The entry's time is over.");
        }

        ThrowIfSuperseded(entry);
    }

    private void ThrowIfSuperseded(MapEntry entry)
    {
        if (node.Overlay.CurrentMap.EntryOf(entry.Name) is { } held && held.Number > entry.Number)
        {
            throw new RpcException(GrpcStatusCode.FailedPrecondition, $"The map has an entry of this name with number {held.Number}, which is greater than {entry.Number}.");
        }
    }

    // Another one of its number is a contradiction, and both are held.
    private bool IsHeld(MapEntry entry)
    {
        NetworkMapView map = node.Overlay.CurrentMap;
        return map.EntryOf(entry.Name) is { } held && held.Number == entry.Number
            && (map.IsContradicted(entry.Name)
                || held.SignedMessage(configuration.Network.Definition.Id).AsSpan().SequenceEqual(entry.SignedMessage(configuration.Network.Definition.Id)));
    }

    private async Task<SignedParameters> RequireAuthoritiesAsync() =>
        (await node.Overlay.SnapshotAsync()).Admission?.InForce
        ?? throw new RpcException(GrpcStatusCode.FailedPrecondition, "The network has no authorities, as far as this node was told, and so no map. They are named by network:parameters in its configuration.");
}
