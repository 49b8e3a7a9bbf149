namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>A test that builds network namespaces; it is skipped, and says why, where that can't be done.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespacesFactAttribute : FactAttribute
{
    public NamespacesFactAttribute() => Skip = NetworkNamespaces.Missing;
}
