using System.Globalization;
using System.Runtime.InteropServices;

namespace MixMq.Bench.Results;

/// <summary>What was measured on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} processors, Linux {Environment.OSVersion.Version.ToString(2)}, {RuntimeInformation.FrameworkDescription}");
    }
}
