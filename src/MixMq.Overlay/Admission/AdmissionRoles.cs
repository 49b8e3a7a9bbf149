namespace MixMq.Overlay.Admission;

/// <summary>What an admission certificate lets a node be.</summary>
[Flags]
public enum AdmissionRoles
{
    /// <summary>Nothing; no certificate says so.</summary>
    None = 0,

    /// <summary>A node that relays for others.</summary>
    Relay = 1,

    /// <summary>A node that doesn't relay: it sends and receives.</summary>
    Endpoint = 2,
}
