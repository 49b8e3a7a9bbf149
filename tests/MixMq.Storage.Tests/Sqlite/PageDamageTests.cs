using System.Globalization;
using MixMq.Storage.Sqlite;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>
/// Pages of a store are damaged at random, and it is read and worked on as by a node: every message is given as it was, or is shown as damaged or reported, or the store says that it is damaged. Nothing
/// is left out silently, and nothing goes on without end.
/// </summary>
public sealed class PageDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    private string Copy => _folder.File("copy.db");

    /// <summary>
    /// With the trees of pages looked at when the store is opened, and without, as those of a large store are. MIXMQ_DAMAGE_SEEDS says how many seeds.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Damaged_pages_lose_no_message_silently(bool isChecked)
    {
        LargeStore.Fill(Database);
        Dictionary<string, string> whole;
        using (SqliteMessageStore store = Open(Database, isChecked))
        {
            whole = LargeStore.Read(store);
            Assert.Equal(0, store.Count().Quarantined);
        }

        byte[] bytes = File.ReadAllBytes(Database);
        int seeds = int.Parse(Environment.GetEnvironmentVariable("MIXMQ_DAMAGE_SEEDS") ?? "20", CultureInfo.InvariantCulture);
        (int refused, int said, int silent) = (0, 0, 0);
        for (int seed = 1; seed <= seeds; seed++)
        {
            File.WriteAllBytes(Copy, Damage(bytes, seed));
            try
            {
                if (Look(whole, isChecked, seed))
                {
                    said++;
                }
                else
                {
                    silent++;
                }
            }
            catch (MessageStoreException failure)
            {
                Assert.True(failure.Message.Contains("damaged", StringComparison.Ordinal), $"seed {seed}: {failure.Message}");
                refused++;
            }

            foreach (string file in Directory.GetFiles(_folder.Path, "copy.db*"))
            {
                File.Delete(file);
            }
        }

        Assert.True(refused > 0 && said > 0, $"{refused} refused, {said} said, {silent} without a consequence.");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether damage was said.</summary>
    private bool Look(Dictionary<string, string> whole, bool isChecked, int seed)
    {
        bool isSaid;
        using (SqliteMessageStore store = Open(Copy, isChecked))
        {
            Dictionary<string, string> found = LargeStore.Read(store);
            long reported = store.Count().Quarantined;
            Assert.Equal(reported, store.ReadQuarantine(0, int.MaxValue).Count);
            foreach ((string what, string text) in found)
            {
                // What is damaged may stand elsewhere; nothing that is given as sound may be other than it was.
                Assert.True(text == "damaged" || whole.GetValueOrDefault(what) == text || (what.StartsWith("head", StringComparison.Ordinal) && found.GetValueOrDefault("inbox" + what[4..]) == "damaged") || (reported > 0 && (what.StartsWith("unsettled", StringComparison.Ordinal) || what == "checkpoint")), $"seed {seed}: {what} is {text}, was {whole.GetValueOrDefault(what)}");
                Assert.True(text != "damaged" || reported > 0, $"seed {seed}: {what} is damaged, and nothing reported.");
            }

            foreach (string what in whole.Keys.Except(found.Keys).Where(what => what.StartsWith("outbox", StringComparison.Ordinal)))
            {
                Assert.Fail($"seed {seed}: {what} is not there.");
            }

            if (!isChecked)
            {
                // What nothing has shown yet is found meanwhile.
                using (SqliteScrub scrub = store.BeginScrub())
                {
                    while (store.LookOn(scrub))
                    {
                    }
                }

                found = LargeStore.Read(store);
                reported = store.Count().Quarantined;
            }

            string[] missing = [.. whole.Keys.Except(found.Keys)];
            Assert.True(missing.Length == 0 || reported > 0, $"seed {seed}: not there, and not reported: {string.Join(", ", missing.Take(5))}");
            isSaid = reported > 0;
            LargeStore.Finish(store);
        }

        using SqliteMessageStore again = Open(Copy, isChecked);
        LargeStore.Read(again);
        return isSaid || again.Count().Quarantined > 0;
    }

    private static SqliteMessageStore Open(string file, bool isChecked) =>
        SqliteMessageStore.Open(file, new SqliteStoreOptions { Own = DamagedStore.Own, MostBytesCheckedAtStart = isChecked ? long.MaxValue : 0 });

    /// <summary>One bit, a few bytes side by side, a piece of a page, or a page in another's place.</summary>
    private static byte[] Damage(byte[] bytes, int seed)
    {
        const int pageBytes = 4096;
        var random = new Random(seed);
        byte[] damaged = [.. bytes];
        int pages = bytes.Length / pageBytes;
        int page = random.Next(pages);
        Span<byte> there = damaged.AsSpan(page * pageBytes, pageBytes);
        int from = random.Next(page == 0 ? 100 : 0, pageBytes);
        switch (random.Next(10))
        {
            case 0:
                damaged.AsSpan(random.Next(1, pages) * pageBytes, pageBytes).CopyTo(damaged.AsSpan(Math.Max(page, 1) * pageBytes));
                break;
            case 1:
                there.Slice(from, Math.Min(random.Next(1, 600), pageBytes - from)).Clear();
                break;
            case 2 or 3:
                random.NextBytes(there.Slice(from, Math.Min(random.Next(1, 40), pageBytes - from)));
                break;
            default:
                // Where something stands: most of a page is often empty.
                for (int tries = 0; there[from] == 0 && tries < 200; tries++)
                {
                    from = random.Next(page == 0 ? 100 : 0, pageBytes);
                }

                there[from] ^= (byte)(1 << random.Next(8));
                break;
        }

        return damaged;
    }
}
