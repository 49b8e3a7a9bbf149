using MixMq.Contracts.Control.V1;
using MixMq.Overlay.Admission;
using MixMq.Transport.Configuration;

namespace MixMq.Node.Api;

/// <summary>How the network is governed, as the control protocol says it.</summary>
internal static class AdmissionReport
{
    internal static AdmissionStatus Of(AdmissionSnapshot snapshot, AdmissionConfiguration? configuration)
    {
        var status = new AdmissionStatus
        {
            Parameters = snapshot.Number,
            NextParameters = snapshot.Next?.Number ?? 0,
            NextActivationUnixMs = snapshot.Next?.ActivationUnixMillis ?? 0,
            Required = snapshot.RequiresAdmission,
            Admitted = snapshot.IsAdmitted,
            Institution = snapshot.Certificate?.Institution ?? "",
            NotAfterUnixMs = snapshot.Certificate?.NotAfterUnixMillis ?? 0,
            RevocationList = snapshot.Revocations?.Number ?? 0,
            Revoked = (uint)(snapshot.Revocations?.Revoked.Length ?? 0),
            MapEntries = (uint)snapshot.MapEntries,
            Successions = (uint)snapshot.Successions,
            ByEmergency = configuration?.Successions.Any(static succession => succession.IsEmergency) ?? false,
            ReplacedBy = snapshot.Replacement?.New.ToString() ?? "",
            ReplacedByEmergency = snapshot.Replacement?.IsEmergency ?? false,
        };
        if (snapshot.Certificate is { } certificate)
        {
            status.Roles.AddRange(new[] { AdmissionRoles.Relay, AdmissionRoles.Endpoint }.Where(role => certificate.Roles.HasFlag(role)).Select(role => role.ToString().ToLowerInvariant()));
        }

        status.Former.AddRange(configuration?.Former.Select(address => address.ToString()) ?? []);
        status.Warnings.AddRange(snapshot.Warnings);
        return status;
    }
}
