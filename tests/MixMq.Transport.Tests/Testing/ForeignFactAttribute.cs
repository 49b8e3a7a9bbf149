namespace MixMq.Transport.Tests.Testing;

/// <summary>A test with a foreign program; it is skipped, and names the script that installs it, without.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ForeignFactAttribute : FactAttribute
{
    public ForeignFactAttribute(string program)
    {
        if (Find(program) is null)
        {
            Skip = $"Not installed: {program}; run tools/install-test-tools.sh to enable it.";
        }
    }

    internal static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
