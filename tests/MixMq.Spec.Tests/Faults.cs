namespace MixMq.Spec.Tests;

/// <summary>Sentences about what is wrong, all of them shown: who mends a text wants the whole list.</summary>
internal static class Faults
{
    public static void None(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
