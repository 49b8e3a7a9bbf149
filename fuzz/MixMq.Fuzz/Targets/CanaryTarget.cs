namespace MixMq.Fuzz.Targets;

/// <summary>
/// A planted defect behind nested conditions: guessed at once it takes 2^40 inputs, branch by branch a few thousand. A fuzzer that doesn't find it
/// doesn't see branches, and its silence about the other targets says nothing.
/// </summary>
internal sealed class CanaryTarget : FuzzTarget
{
    public override string Name => "canary";

    public override IReadOnlyList<string> Parsers => ["MixMq.Fuzz.Targets.CanaryTarget::Run"];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds => [("dull", new byte[6])];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 5 || input[0] != 'b' || input[1] != 'i')
        {
            return true;
        }

        if (input[2] == 'r' && input[3] == 'd')
        {
            if (input[4] == (byte)(input[2] + input[3]))
            {
                throw new InvariantException("The canary sings.");
            }
        }

        return true;
    }
}
