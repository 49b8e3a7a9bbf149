namespace MixMq.Transport.Tests.Tokens;

/// <summary>A test with a real PKCS#11 token, SoftHSM's; it is skipped, and names the script that installs it, without.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TokenFactAttribute : FactAttribute
{
    public TokenFactAttribute()
    {
        if (SoftToken.Missing is { } missing)
        {
            Skip = $"Not installed: {missing}; run tools/install-test-tools.sh to enable it.";
        }
    }
}
