namespace MixMq.Transport.Tests.Testing;

/// <summary>A test that needs the openssl program; skipped, with the reason, where it isn't installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenSslFactAttribute : FactAttribute
{
    public OpenSslFactAttribute()
    {
        if (!OpenSsl.IsInstalled)
        {
            Skip = "openssl is not installed";
        }
    }
}
