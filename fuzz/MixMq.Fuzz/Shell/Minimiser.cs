namespace MixMq.Fuzz.Shell;

/// <summary>Makes an input that fails smaller, as long as it fails in the same way: same exception, thrown from the same method.</summary>
internal static class Minimiser
{
    public static byte[] Minimise(FuzzTarget target, byte[] input)
    {
        var failure = FailureOf(target, input) ?? throw new ArgumentException("The input doesn't fail.", nameof(input));
        for (var changed = true; changed;)
        {
            changed = false;
            for (var length = Math.Max(1, input.Length / 2); length > 0; length /= 2)
            {
                for (var at = 0; at + length <= input.Length;)
                {
                    byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(at + length)];
                    if (FailureOf(target, shorter) == failure)
                    {
                        (input, changed) = (shorter, true);
                    }
                    else
                    {
                        at += length;
                    }
                }
            }

            for (var i = 0; i < input.Length; i++)
            {
                if (input[i] != 0)
                {
                    byte[] simpler = [.. input];
                    simpler[i] = 0;
                    if (FailureOf(target, simpler) == failure)
                    {
                        (input, changed) = (simpler, true);
                    }
                }
            }
        }

        return input;
    }

    public static string? FailureOf(FuzzTarget target, byte[] input)
    {
        try
        {
            _ = target.Run(input);
            return null;
        }
        catch (InvariantException e)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name} in {e.TargetSite?.DeclaringType?.FullName}.{e.TargetSite?.Name}";
        }
    }
}
