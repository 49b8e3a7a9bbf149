using MixMq.Fuzz.Shell;
using MixMq.Fuzz.Targets;

namespace MixMq.Fuzz.Tests;

/// <summary>What the fuzzer starts from and what it once found, replayed without it.</summary>
public sealed class ReplayTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_seed_and_every_regression_runs_without_a_finding(string name)
    {
        var target = FuzzTargets.Get(name);
        var inputs = FuzzFolder.Inputs("corpus", name).Concat(FuzzFolder.Inputs("regressions", name));

        Assert.Empty(
            from input in inputs
            let failure = Minimiser.FailureOf(target, input.Bytes)
            where failure is not null
            select $"{input.Name}: {failure}");
    }

    // Or a change of format would leave the fuzzer with inputs that are all refused at the first byte, and nobody would see.
    [Theory]
    [MemberData(nameof(Targets))]
    public void At_least_one_seed_of_each_target_is_taken(string name) =>
        Assert.Contains(FuzzFolder.Inputs("corpus", name), input => FuzzTargets.Get(name).Run(input.Bytes));

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_seeds_in_the_repository_are_those_that_the_target_makes(string name) => Assert.Equal(
        FuzzTargets.Get(name).Seeds.Select(seed => (seed.Name, Convert.ToHexString(seed.Bytes))).Order(),
        FuzzFolder.Inputs("corpus", name).Select(input => (input.Name, Convert.ToHexString(input.Bytes))).Order());

    [Fact]
    public void No_corpus_and_no_regression_is_left_over_from_a_target_that_is_gone() => Assert.Empty(
        FuzzFolder.Targets("corpus").Concat(FuzzFolder.Targets("regressions")).Except(FuzzTargets.All.Select(target => target.Name)));

    [Fact]
    public void Altered_seeds_run_without_a_finding()
    {
        // Seeds with bytes changed, taken away and doubled, a hundred for each target: a fuzzer's first second, in every test run.
        foreach (var target in FuzzTargets.All.Where(target => target is not CanaryTarget))
        {
            var random = new Random(4711);
            var seeds = target.Seeds.ToArray();
            for (var i = 0; i < 100; i++)
            {
                var input = Altered(seeds[i % seeds.Length].Bytes, random);
                Assert.True(Minimiser.FailureOf(target, input) is null, $"{target.Name}: {Convert.ToHexString(input)}");
            }
        }
    }

    private static byte[] Altered(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes.InsertRange(at, bytes.Skip(at).Take(random.Next(8)).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }
}
