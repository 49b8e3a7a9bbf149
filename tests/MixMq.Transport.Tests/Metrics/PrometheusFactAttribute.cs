namespace MixMq.Transport.Tests.Metrics;

/// <summary>A test with the parser of Prometheus' own Python client; skipped, with the reason, where that isn't installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute()
    {
        if (!File.Exists("/usr/bin/python3") || !Directory.Exists("/usr/lib/python3/dist-packages/prometheus_client"))
        {
            Skip = "Not installed: python3-prometheus-client; run tools/install-test-tools.sh to enable it.";
        }
    }
}
