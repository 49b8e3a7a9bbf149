using System.Globalization;
using MixMq.Transport.Audit;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Audit;

/// <summary>The trail over real files, looked at as an auditor would: with the verifier, and by reading lines.</summary>
public sealed class AuditTrailTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly HandClock _clock = new();

    private string Path => _folder.File("audit.log");

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Lines_say_when_what_and_whom_and_follow_one_another()
    {
        await WriteAsync(trail =>
        {
            trail.Node(AuditEventKind.Started);
            trail.Listener(opened: true, "peer");
            trail.Link(AuditEventKind.Down, "bank-b", "reason=peer-silent");
            trail.Link(AuditEventKind.Refused, null, "reason=not-permitted");
        });
        Assert.Equal(
            [
                $"1 2030-01-01T00:00:00.000Z began previous={new string('0', 64)}",
                "2 2030-01-01T00:00:00.000Z started",
                "3 2030-01-01T00:00:00.000Z listener-opened listener=peer",
                "4 2030-01-01T00:00:00.000Z down peer=bank-b reason=peer-silent",
                "5 2030-01-01T00:00:00.000Z refused reason=not-permitted",
            ],
            Texts(Path));
        var result = await VerifyAsync(Path);
        Assert.True(result.Holds);
        Assert.Equal((5L, 1L, 5L, 0L), (result.Lines, result.FirstNumber, result.LastNumber, result.TornBytes));
        Assert.Equal(File.ReadLines(Path).Last()[..64], result.LastHash);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public async Task The_chain_is_the_hash_that_the_documentation_says()
    {
        await WriteAsync(trail => trail.Node(AuditEventKind.Started));
        var previous = new byte[32];
        foreach (var line in File.ReadLines(Path))
        {
            byte[] input = [.. "MixMq-audit-v1"u8, .. previous, .. System.Text.Encoding.ASCII.GetBytes(line[65..])];
            previous = System.Security.Cryptography.SHA256.HashData(input);
            Assert.Equal(Convert.ToHexStringLower(previous), line[..64]);
        }
    }

    [Fact]
    public async Task A_restart_goes_on_in_the_same_file_and_chain()
    {
        await WriteAsync(trail => trail.Node(AuditEventKind.Started));
        await WriteAsync(trail => trail.Node(AuditEventKind.Started));
        Assert.Equal(["began", "started", "started"], Texts(Path).Select(text => text.Split(' ')[2]));
        Assert.True((await VerifyAsync(Path)).Holds);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task No_byte_can_be_changed_without_being_found()
    {
        await WriteAsync(trail =>
        {
            trail.Link(AuditEventKind.Up, "bank-b");
            trail.Link(AuditEventKind.Down, "bank-b", "reason=goodbye");
        });
        var whole = await File.ReadAllBytesAsync(Path);
        var last = (await VerifyAsync(Path)).LastHash;
        for (var i = 0; i < whole.Length; i++)
        {
            var changed = whole.ToArray();
            changed[i] ^= 1;
            var result = await AuditVerifier.VerifyAsync([("x", () => new MemoryStream(changed))], default, CancellationToken.None);
            Assert.False(result.Holds && result.TornBytes == 0 && result.LastHash == last, $"byte {i}");
        }
    }

    [Fact]
    public async Task A_line_taken_out_is_found_at_its_place_and_a_noted_hash_shows_a_cut_end()
    {
        await WriteAsync(trail =>
        {
            trail.Link(AuditEventKind.Up, "bank-b");
            trail.Link(AuditEventKind.Down, "bank-b");
            trail.Link(AuditEventKind.Up, "bank-b");
        });
        var lines = await File.ReadAllLinesAsync(Path);
        var noted = Convert.FromHexString(lines[^1][..64]);
        Assert.True((await VerifyAsync(noted, Path)).Holds);

        await File.WriteAllLinesAsync(Path, [lines[0], lines[1], lines[3]]);
        var fault = Assert.Single((await VerifyAsync(Path)).Faults);
        Assert.Equal((Path, 3L), (fault.File, fault.Line));

        await File.WriteAllLinesAsync(Path, lines[..^1]);
        Assert.True((await VerifyAsync(Path)).Holds);
        Assert.Contains("cut off", Assert.Single((await VerifyAsync(noted, Path)).Faults).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_file_is_set_aside_and_the_chain_runs_on_over_all_of_them_within_their_number()
    {
        for (var round = 0; round < 60; round++)
        {
            await WriteAsync(
                trail =>
                {
                    for (var i = 0; i < 20; i++)
                    {
                        trail.Link(AuditEventKind.Up, "bank-" + i);
                    }
                },
                fileBytes: 10_000,
                files: 5);
        }

        var files = Directory.GetFiles(_folder.Path);
        Assert.Equal(5, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 10_000));
        var result = await VerifyAsync(files);
        Assert.True(result.Holds, string.Join('\n', result.Faults));
        Assert.Equal(result.LastNumber - result.FirstNumber + 1, result.Lines);
        Assert.True(result.FirstNumber > 1, "the oldest were deleted");

        Array.Sort(files, StringComparer.Ordinal);
        var gap = await VerifyAsync([.. files.Where(file => file != files[2])]);
        Assert.Contains("missing", Assert.Single(gap.Faults).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(90)]
    public async Task A_line_cut_off_by_a_crash_is_recognised_and_said_and_the_chain_goes_on(int missing)
    {
        await WriteAsync(trail => trail.Link(AuditEventKind.Up, "bank-b"));
        var whole = await File.ReadAllBytesAsync(Path);
        await File.WriteAllBytesAsync(Path, whole[..^missing]);
        var torn = whole.Length - missing - whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') - 1;
        Assert.Equal(torn, (await VerifyAsync(Path)).TornBytes);

        await WriteAsync(trail => trail.Node(AuditEventKind.Started));
        Assert.Contains(_log.Lines, line => line.Contains($"cut off after {torn} bytes", StringComparison.Ordinal));
        Assert.EndsWith($" torn={torn}", Texts(Path)[0], StringComparison.Ordinal);
        var files = Directory.GetFiles(_folder.Path);
        Assert.Equal(2, files.Length);
        var result = await VerifyAsync(files);
        Assert.True(result.Holds, string.Join('\n', result.Faults));
        Assert.Equal((3L, 0L), (result.LastNumber, result.TornBytes));
    }

    [Fact]
    public async Task A_changed_file_is_kept_and_said_and_never_written_on()
    {
        await WriteAsync(trail => trail.Link(AuditEventKind.Up, "bank-b"));
        await File.WriteAllTextAsync(Path, (await File.ReadAllTextAsync(Path)).Replace("bank-b", "bank-c", StringComparison.Ordinal));
        await WriteAsync(trail => trail.Node(AuditEventKind.Started));
        Assert.EndsWith(" broken=2", Texts(Path)[0], StringComparison.Ordinal);
        var result = await VerifyAsync(Directory.GetFiles(_folder.Path));
        var fault = Assert.Single(result.Faults);
        Assert.Equal((2L, true), (fault.Line, fault.File != Path));
    }

    [Fact]
    public async Task A_flood_of_strangers_costs_few_lines_is_counted_whole_and_takes_nothing_from_peers()
    {
        const int Flood = 5_000;
        await WriteAsync(trail =>
        {
            for (var i = 0; i < Flood; i++)
            {
                trail.Link(AuditEventKind.Refused, null, "reason=not-tls13");
                _clock.Advance(TimeSpan.FromMilliseconds(1));
            }

            trail.Link(AuditEventKind.Up, "bank-b");
        });
        var texts = Texts(Path);
        var written = texts.Count(text => text.Contains("reason=not-tls13", StringComparison.Ordinal));
        var counted = texts.Where(text => text.Contains(" suppressed of=strangers count=", StringComparison.Ordinal))
            .Sum(text => int.Parse(text.Split('=')[^1], CultureInfo.InvariantCulture));
        Assert.InRange(written, 30, 33);
        Assert.Equal(Flood, written + counted);
        Assert.Contains(texts, text => text.EndsWith("up peer=bank-b", StringComparison.Ordinal));
        Assert.True((await VerifyAsync(Path)).Holds);
    }

    [Fact]
    public async Task While_the_disk_refuses_events_are_counted_and_the_trail_goes_on_when_it_no_longer_does()
    {
        var folder = Directory.CreateDirectory(_folder.File("gone")).FullName;
        var file = System.IO.Path.Combine(folder, "audit.log");
        using var trail = new AuditTrail(new AuditConfiguration { File = file, FileBytes = 400 }, _clock, _log);
        trail.Open();
        Directory.Delete(folder, recursive: true);
        var running = trail.RunAsync();
        for (var i = 0; i < 5; i++)
        {
            trail.Link(AuditEventKind.Up, "bank-b");
        }

        await _log.WaitForAsync("can't be written");
        Directory.CreateDirectory(folder);
        trail.Link(AuditEventKind.Down, "bank-b");
        trail.Complete();
        await running;
        var texts = Directory.GetFiles(folder).SelectMany(Texts).ToList();
        Assert.Contains(texts, text => text.EndsWith(" down peer=bank-b", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.Contains(" suppressed peer=bank-b count=", StringComparison.Ordinal));
        Assert.Contains(_log.Lines, line => line.Contains("written again", StringComparison.Ordinal));
        Assert.True((await VerifyAsync(Directory.GetFiles(folder))).Holds);
    }

    [Fact]
    public void A_trail_that_can_not_be_begun_stops_the_start_with_a_sentence()
    {
        using var trail = new AuditTrail(new AuditConfiguration { File = _folder.File("no/such/folder/audit.log") }, _clock, _log);
        Assert.Contains("audit:file", Assert.Throws<IOException>(trail.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x\n")]
    [InlineData("0000\0\n")]
    public async Task What_is_no_trail_is_said_to_be_none(string content)
    {
        var result = await AuditVerifier.VerifyAsync(
            [("x", () => new MemoryStream(System.Text.Encoding.ASCII.GetBytes(content)))], default, CancellationToken.None);
        Assert.Equal(("x", 1L), (Assert.Single(result.Faults).File, result.Faults[0].Line));
    }

    [Fact]
    public async Task A_line_without_end_costs_no_memory()
    {
        await using var endless = new EndlessStream();
        var result = await AuditVerifier.VerifyAsync([("x", () => endless)], default, CancellationToken.None);
        Assert.False(result.Holds);
        Assert.InRange(endless.Given, 1, 1 << 20);
    }

    [Fact]
    public async Task Two_hosts_leave_the_whole_life_of_their_link_in_the_trail_and_nobodys_address()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right")
        {
            Adjust = configuration => configuration with { Audit = new AuditConfiguration { File = Path } },
        };
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));
        await left.StopAsync();
        await right.Log.WaitForAsync("is down: Goodbye");
        await right.StopAsync();
        Assert.Equal(
            [
                "began", "started", "listener-opened listener=peer", "connected peer=left direction=in", "up peer=left",
                "down peer=left reason=goodbye", "listener-closed listener=peer", "stopped",
            ],
            Texts(Path).Select((text, i) => i == 0 ? "began" : text.Split(' ', 3)[2]));
        Assert.True((await VerifyAsync(Path)).Holds);
        var all = await File.ReadAllTextAsync(Path);
        Assert.DoesNotContain(left.Identity.Address.ToString(), all, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", all, StringComparison.Ordinal);
        Assert.Contains($"with hash {File.ReadLines(Path).Last()[..64]}", await File.ReadAllTextAsync(right.StatusFile), StringComparison.Ordinal);
    }

    private static string[] Texts(string file) => [.. File.ReadLines(file).Select(line => line[65..])];

    private static Task<AuditVerification> VerifyAsync(params string[] files) => VerifyAsync(default(ReadOnlyMemory<byte>), files);

    private static Task<AuditVerification> VerifyAsync(ReadOnlyMemory<byte> through, params string[] files) =>
        AuditVerifier.VerifyAsync([.. files.Select(file => (file, (Func<Stream>)(() => File.OpenRead(file))))], through, CancellationToken.None);

    private async Task WriteAsync(Action<AuditTrail> events, int fileBytes = 1 << 20, int files = 4)
    {
        using var trail = new AuditTrail(new AuditConfiguration { File = Path, FileBytes = fileBytes, Files = files }, _clock, _log);
        trail.Open();
        var running = trail.RunAsync();
        events(trail);
        trail.Complete();
        await running;
    }

    /// <summary>Bytes without a line end, for ever.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        internal long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'a');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
