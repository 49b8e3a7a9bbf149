using System.CommandLine;
using MixMq.Bench.Curve;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Bench.Packets;

/// <summary><c>replay</c>: inserting new tags, and finding old ones, in filters from small to as full as they get.</summary>
internal static class ReplayCommand
{
    private const int Tags = 64;

    public static Command Create()
    {
        var rounds = PacketCommands.Rounds();
        var capacity = new Option<int>("--capacity") { Description = "Tags that the large filter has room for: 100000 to 100000000.", DefaultValueFactory = _ => 20_000_000 };
        capacity.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 100_000 or > 100_000_000)
                result.AddError("--capacity is a whole number from 100000 to 100000000.");
        });
        var json = new Option<bool>("--json") { Description = "One JSON object a line and nothing else." };
        var command = new Command("replay", "The replay filter, one tag: new ones and old ones, in an empty filter and in one that is nearly full.") { rounds, capacity, json };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            var full = parse.GetValue(capacity);
            foreach (var (name, before) in new[] { ("empty", 0L), ("full", full - ((long)Tags * Interleaved.Calls(Tags, parse.GetValue(rounds)))) })
            {
                var random = new SeededRandomSource($"replay {name}");
                using var filter = new ReplayFilter(full, random);
                Span<byte> tag = stackalloc byte[PacketFormat.ReplayTagBytes];
                for (var i = 0L; i < before; i++)
                {
                    Tag(i, tag);
                    filter.TryInsert(tag);
                }

                var next = before;
                Write("replay-new", ReplayInsert.Inserted, () => next++);
                Write("replay-old", ReplayInsert.Duplicate, () => (long)(random.NextUInt64() % (ulong)next));

                void Write(string benchmark, ReplayInsert expected, Func<long> number)
                {
                    var tags = new byte[Tags * PacketFormat.ReplayTagBytes];
                    var report = Interleaved.Measure(
                        benchmark,
                        name,
                        Tags,
                        parse.GetValue(rounds),
                        _ => Insert(filter, tags, expected),
                        _ => Fill(tags, number));
                    output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Interleaved.Show(report));
                }
            }
        });
        return command;
    }

    private static void Insert(ReplayFilter filter, byte[] tags, ReplayInsert expected)
    {
        for (var at = 0; at < tags.Length; at += PacketFormat.ReplayTagBytes)
        {
            if (filter.TryInsert(tags.AsSpan(at, PacketFormat.ReplayTagBytes)) != expected)
                throw new InvalidOperationException("The filter did not do what it was to.");
        }
    }

    private static void Fill(byte[] tags, Func<long> number)
    {
        for (var at = 0; at < tags.Length; at += PacketFormat.ReplayTagBytes)
            Tag(number(), tags.AsSpan(at, PacketFormat.ReplayTagBytes));
    }

    // The filter hashes with a key of its own, so that tags in a row are as good as random ones.
    private static void Tag(long number, Span<byte> tag)
    {
        tag.Clear();
        BitConverter.TryWriteBytes(tag, number + 1);
    }
}
