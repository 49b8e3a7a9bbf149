using System.Runtime.Loader;
using MixMq.Fuzz.Probes;
using MixMq.Weave;

namespace MixMq.Fuzz.Tests;

/// <summary>That woven code does what it did, and counts the branches it takes.</summary>
public sealed unsafe class WeaverTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mixmq-weave-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(nameof(Sample.Nested), 3, 30)]
    [InlineData(nameof(Sample.Nested), -3, 10)]
    [InlineData(nameof(Sample.Arms), 2, 22)]
    [InlineData(nameof(Sample.Arms), 9, -1)]
    [InlineData(nameof(Sample.Guarded), 0, -7)]
    [InlineData(nameof(Sample.Guarded), 5, 21)]
    [InlineData(nameof(Sample.Looped), 300, 300)]
    public void Woven_code_gives_the_same_results(string method, int argument, int expected)
    {
        var woven = Weave(out _);

        Assert.Equal(expected, typeof(Sample).GetMethod(method)!.Invoke(null, [argument]));
        Assert.Equal(expected, woven.GetMethod(method)!.Invoke(null, [argument]));
    }

    [Fact]
    public void Each_branch_has_a_counter_of_its_own_that_never_falls_back_to_zero()
    {
        var woven = Weave(out var edges);
        var method = woven.GetMethod(nameof(Sample.Looped))!;
        var own = Enumerable.Range(0, edges.Length).Where(i => edges[i].Contains($"::{nameof(Sample.Looped)}\t", StringComparison.Ordinal)).ToArray();

        var counts = Count(() => method.Invoke(null, [256]), edges.Length);

        // Entry, the loop's way on and its way out.
        Assert.Equal(3, own.Length);
        Assert.All(own, i => Assert.NotEqual(0, counts[i]));
        Assert.All(own, i => Assert.Contains("\tWeaverTests.cs:", edges[i], StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_taken_is_not_counted()
    {
        var woven = Weave(out var edges);
        var method = woven.GetMethod(nameof(Sample.Arms))!;
        var own = Enumerable.Range(0, edges.Length).Where(i => edges[i].Contains($"::{nameof(Sample.Arms)}\t", StringComparison.Ordinal)).ToArray();

        var counts = Count(() => method.Invoke(null, [1]), edges.Length);

        Assert.Equal(["entry", "1"], own.Where(i => counts[i] != 0).Select(i => edges[i].Split('\t')[2]));
    }

    private static byte[] Count(Action run, int edges)
    {
        new Span<byte>(Probe.Counters, edges).Clear();
        run();
        return new ReadOnlySpan<byte>(Probe.Counters, edges).ToArray();
    }

    private Type Weave(out string[] edges)
    {
        var assembly = typeof(Sample).Assembly;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "MixMq.Fuzz.*"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        var count = FolderWeaver.Weave(_folder, [$"{assembly.GetName().Name}:{typeof(Sample).FullName!.Replace('+', '/')}"]);
        Assert.NotEqual(0, count);
        edges = File.ReadAllLines(Path.Combine(_folder, "edges.tsv"));
        Assert.Equal(count, edges.Length);

        // A context of its own for the woven copy; the probes are those of this process.
        var context = new AssemblyLoadContext(name: null);
        context.Resolving += (_, name) => AssemblyLoadContext.Default.LoadFromAssemblyName(name);
        return context.LoadFromAssemblyPath(Path.Combine(_folder, Path.GetFileName(assembly.Location))).GetType(typeof(Sample).FullName!)!;
    }

    /// <summary>Code with every form of branch that the weaver must leave as it is.</summary>
    public static class Sample
    {
        public static int Nested(int x) => x > 0 ? (x > 2 ? 10 * x : 5) + (x > 100 ? 1 : 0) : x < -2 ? 10 : 20;

        public static int Arms(int x)
        {
            switch (x)
            {
                case 0:
                    return 20;
                case 1:
                    return 21;
                case 2:
                    return 22;
                case 3:
                    return 23;
                default:
                    return -1;
            }
        }

        public static int Guarded(int x)
        {
            var result = 0;
            try
            {
                result = 100 / x;
                if (result > 10)
                {
                    return result + (x % 2 == 1 ? 1 : 2);
                }
            }
            catch (DivideByZeroException) when (x == 0)
            {
                return -7;
            }
            finally
            {
                result++;
            }

            return result;
        }

        public static int Looped(int x)
        {
            var sum = 0;
            for (var i = 0; i < x; i++)
            {
                sum++;
            }

            return sum;
        }
    }
}
