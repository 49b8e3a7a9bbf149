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
    private static readonly TimeSpan MapPatience = TimeSpan.FromSeconds(30);

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
            listed.Now.AddRange(entry.Addresses.Where(address => map.Successions.Last(address) != address).Select(address => new AddressNow
            {
                Address = address.ToString(),
                Present = map.Successions.Last(address).ToString(),
                Emergency = map.Successions.IsByEmergency(address),
            }));
            listed.LookAlikes.AddRange(map.LookAlikesOf(entry.Name).Select(name => name.Display()));
            yield return listed;
        }
    }

    public async IAsyncEnumerable<SuccessionStatus> ListSuccessionsAsync(
        ListSuccessionsRequest request, GrpcCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _ = await RequireAuthoritiesAsync();
        NetworkMapView map = node.Overlay.CurrentMap;
        foreach ((Succession statement, SuccessionUse use) in map.ListedSuccessions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new SuccessionStatus
            {
                Statement = UnsafeByteOperations.UnsafeWrap(statement.Encoded),
                OldAddress = statement.Old.ToString(),
                NewAddress = statement.New.ToString(),
                Number = statement.Number,
                NotBeforeUnixMs = statement.NotBeforeUnixMillis,
                Emergency = statement.IsEmergency,
                InUse = use == SuccessionUse.InUse,
                Reason = use.Describe(),
                ShownName = map.NameOf(statement.Old)?.Display() ?? "",
            };
        }
    }

    public async Task<AddMapEntryResponse> AddMapEntryAsync(AddMapEntryRequest request, GrpcCallContext context)
    {
        SignedParameters inForce = await RequireAuthoritiesAsync();
        StatementError error = AuthorityStatement.TryParse(request.Statement.Span, out AuthorityStatement? given);
        if (error != StatementError.None || given is not MapStatement statement)
        {
            throw new RpcException(
                GrpcStatusCode.InvalidArgument, error == StatementError.None ? "It is no entry of the map and no successor statement." : $"The statement {error.Describe()}.");
        }

        if (!statement.VerifySignatures(configuration.Network.Definition.Id))
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "A signature of the statement doesn't hold in this network.");
        }

        Check(statement, inForce);
        if (IsHeld(statement, inForce))
        {
            return new AddMapEntryResponse { Known = true };
        }

        if (!node.Overlay.Give(statement))
        {
            throw new RpcException(GrpcStatusCode.Unavailable, "The node is stopping.");
        }

        // Its signatures are verified by whoever is free. Meanwhile others may come, also parameters with other authorities.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        patience.CancelAfter(MapPatience);
        try
        {
            while (!IsHeld(statement, inForce))
            {
                await Task.Delay(MapLook, patience.Token);
                inForce = await RequireAuthoritiesAsync();
                Check(statement, inForce);
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(GrpcStatusCode.Unavailable, "The node hasn't taken the statement. Another one of a greater number may have ended meanwhile, or the node is too busy; see what it holds with: mixmq map list");
        }

        return new AddMapEntryResponse();
    }

    private void Check(MapStatement statement, SignedParameters inForce)
    {
        if (!statement.IsSignedByEnough(inForce.Authorities, inForce.Threshold))
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, statement is Succession succession
                ? succession.IsSignedByKeys
                    ? $"The statement is signed by too few of the network's authorities: {inForce.Threshold} must."
                    : succession.IsEmergency ? "The new key hasn't signed the statement." : "The old key and the new one must both sign the statement."
                : $"The entry is signed by {statement.CountSigners(inForce.Authorities)} of the network's authorities, {inForce.Threshold} must.");
        }

        if (statement.NotAfterUnixMillis <= TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument, "The entry's time is over.");
        }

        NetworkMapView map = node.Overlay.CurrentMap;
        if (statement is MapEntry entry)
        {
            if (map.EntryOf(entry.Name) is not { } held)
            {
                ThrowIfFull(map.Entries.Length, MapLimits.MaxNames, "names");
            }
            else if (held.Number > entry.Number)
            {
                throw new RpcException(GrpcStatusCode.FailedPrecondition, $"The map has an entry of this name with number {held.Number}, which is greater than {entry.Number}.");
            }
        }
        else if (HeldOf((Succession)statement, map) is not { } held)
        {
            ThrowIfFull(map.ListedSuccessions.Select(static listed => listed.Statement.Old).Distinct().Count(), MapLimits.MaxSuccessions, "successor statements");
        }
        else if (held.Number > statement.Number)
        {
            throw new RpcException(GrpcStatusCode.FailedPrecondition, $"The map has a successor statement of this address with number {held.Number}, which is greater than {statement.Number}.");
        }
    }

    private static void ThrowIfFull(int count, int most, string what)
    {
        if (count >= most)
        {
            throw new RpcException(GrpcStatusCode.ResourceExhausted, $"The map is full: it holds {most} {what}.");
        }
    }

    private static Succession? HeldOf(Succession statement, NetworkMapView map) =>
        map.ListedSuccessions.Select(static listed => listed.Statement).Where(held => held.Old == statement.Old).MaxBy(static held => held.Number);

    // Another one of its number is a contradiction, and both are held.
    private bool IsHeld(MapStatement statement, SignedParameters inForce)
    {
        NetworkMapView map = node.Overlay.CurrentMap;
        return statement is MapEntry entry
            ? map.EntryOf(entry.Name) is { } held && held.Number == entry.Number && (map.IsContradicted(entry.Name) || IsSame(held, entry, inForce))
            : map.ListedSuccessions.Any(listed => IsSame(listed.Statement, statement, inForce));
    }

    // With more signatures of those that count now it is to be taken.
    private bool IsSame(MapStatement held, MapStatement given, SignedParameters inForce) =>
        held.HashIn(configuration.Network.Definition.Id) == given.HashIn(configuration.Network.Definition.Id)
        && given.Signers.All(signer => held.Signers.Contains(signer) || !inForce.Authorities.Contains(signer));

    private async Task<SignedParameters> RequireAuthoritiesAsync() =>
        (await node.Overlay.SnapshotAsync()).Admission?.InForce
        ?? throw new RpcException(GrpcStatusCode.FailedPrecondition, "The network has no authorities, as far as this node was told, and so no map. They are named by network:parameters in its configuration.");
}
