using Google.Protobuf;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Commands;

public sealed class ReceiveTests : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new();
    private FakeNode _node = null!;

    public async Task InitializeAsync() => _node = await FakeNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Messages_are_shown_then_consumed_and_come_once()
    {
        _node.Inbox.AddRange([Message(1, "", "Hello"u8), Message(2, "", "World"u8)]);
        var first = await _node.RunAsync("receive", "--json");
        Assert.Equal(0, first.ExitCode);
        Assert.Equal(["Hello"u8.ToArray(), "World"u8.ToArray()], first.JsonLines.Select(line => line.GetProperty("content_base64").GetBytesFromBase64()));
        Assert.Equal([1UL, 2UL], _node.Consumed);
        Assert.Empty((await _node.RunAsync("receive", "--json")).Output);
    }

    [Fact]
    public async Task Peeking_consumes_nothing()
    {
        _node.Inbox.Add(Message(1, "", "Hello"u8));
        Assert.Contains("Hello", (await _node.RunAsync("receive", "--peek")).Output, StringComparison.Ordinal);
        Assert.Empty(_node.Consumed);
    }

    [Fact]
    public async Task A_message_is_on_disk_whole_before_it_is_consumed()
    {
        _node.Inbox.Add(Message(1, "report.pdf", "content"u8));
        string[] atCheckpoint = [];
        _node.BeforeCheckpoint = _ => atCheckpoint = [.. Directory.GetFiles(_folder.File("inbox")).Select(File.ReadAllText)];
        Assert.Equal(0, (await _node.RunAsync("receive", "--into", _folder.File("inbox"))).ExitCode);
        Assert.Equal(["content"], atCheckpoint);
    }

    [Fact]
    public async Task A_long_content_is_read_in_chunks_and_goes_on_where_a_run_was_interrupted()
    {
        _node.LongContent = new byte[12_345];
        new Random(1).NextBytes(_node.LongContent);
        var message = Message(1, "disk.img", []);
        message.Size = 12_345;
        _node.Inbox.Add(message);

        // What a run that was killed has left: the beginning, which the node isn't asked for again.
        var folder = Directory.CreateDirectory(_folder.File("inbox")).FullName;
        var left = _node.LongContent.AsSpan(0, 5_000).ToArray();
        left[0] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, $".partial-1-{Convert.ToHexStringLower(message.MessageId.Span)}"), left);
        Assert.Equal(0, (await _node.RunAsync("receive", "--into", folder)).ExitCode);
        var written = File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder)));
        written[0] ^= 1;
        Assert.Equal(_node.LongContent, written);
        Assert.Equal([1UL], _node.Consumed);
    }

    [Fact]
    public async Task A_long_content_is_not_consumed_by_who_has_no_place_for_it()
    {
        var message = Message(1, "disk.img", []);
        message.Size = 5_000_000;
        _node.Inbox.Add(message);
        var result = await _node.RunAsync("receive");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--into", result.Error, StringComparison.Ordinal);
        Assert.Empty(_node.Consumed);
        var peeked = await _node.RunAsync("receive", "--peek", "--json");
        Assert.Equal(5_000_000, peeked.Json.GetProperty("size").GetInt32());
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData(".bashrc")]
    [InlineData("-rf")]
    [InlineData("a\0b")]
    [InlineData("C:\\x\\y.exe")]
    [InlineData("\u001b]0;title\u0007\n")]
    [InlineData("\u202egnp.exe")]
    [InlineData("\ud800")]
    public async Task A_hostile_label_makes_a_plain_file_in_the_folder_and_nothing_elsewhere(string label)
    {
        // What isn't Unicode doesn't cross protobuf: the node can't hand it out.
        var onWire = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(label));
        _node.Inbox.Add(Message(1, onWire, "x"u8));
        var result = await _node.RunAsync("receive", "--into", _folder.File("deep/inbox"));
        Assert.True(result.ExitCode == 0, result.Error);
        var file = Assert.Single(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
        Assert.Equal(_folder.File("deep/inbox"), Path.GetDirectoryName(file));
        Assert.Matches(@"^0000000001-00000000(-[\p{L}\p{N}._-]+)?$", Path.GetFileName(file));
        Assert.DoesNotContain(result.Output, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public async Task A_message_that_was_written_but_not_consumed_is_not_written_twice()
    {
        _node.Inbox.Add(Message(1, "a", "x"u8));
        await _node.RunAsync("receive", "--into", _folder.Path, "--peek");
        await _node.RunAsync("receive", "--into", _folder.Path);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_file_that_is_there_is_never_replaced()
    {
        _node.Inbox.Add(Message(1, "a", "mine"u8));
        File.WriteAllText(_folder.File("0000000001-00000000-a"), "other");
        Assert.Equal(0, (await _node.RunAsync("receive", "--into", _folder.Path)).ExitCode);
        Assert.Equal("other", File.ReadAllText(_folder.File("0000000001-00000000-a")));
        Assert.Equal("mine", File.ReadAllText(_folder.File("0000000001-00000000-a-2")));
    }

    [Fact]
    public async Task What_cannot_be_written_is_not_consumed()
    {
        _node.Inbox.Add(Message(1, "a", "x"u8));
        File.WriteAllText(_folder.File("file"), "");
        Assert.Equal(1, (await _node.RunAsync("receive", "--into", _folder.File("file"))).ExitCode);
        Assert.Empty(_node.Consumed);
    }

    [Fact]
    public async Task A_tombstone_is_said_and_consumed()
    {
        _node.Inbox.Add(new ReceivedMessage { Position = 1, MessageId = ByteString.CopyFrom(new byte[16]), Tombstone = true });
        Assert.Contains("expired", (await _node.RunAsync("receive", "--into", _folder.Path)).Output, StringComparison.Ordinal);
        Assert.Single(_node.Consumed);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Control_characters_of_a_text_do_not_reach_the_terminal()
    {
        _node.Inbox.Add(Message(1, "\u001b[2J", "\u001b[31mred\u202e\r\nnext"u8));
        var output = (await _node.RunAsync("receive")).Output;
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\u202e', output);
        Assert.Contains("\\u{1b}[31mred", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Max_ends_after_so_many()
    {
        _node.Inbox.AddRange([Message(1, "", "a"u8), Message(2, "", "b"u8)]);
        Assert.Single((await _node.RunAsync("receive", "--follow", "--max", "1", "--json")).JsonLines);
        Assert.Equal(2, (await _node.RunAsync("receive", "--follow", "--once")).ExitCode);
    }

    private static ReceivedMessage Message(ulong position, string label, ReadOnlySpan<byte> content) => new()
    {
        Position = position,
        MessageId = ByteString.CopyFrom(new byte[16]),
        From = "mix1sender",
        Label = label,
        Content = ByteString.CopyFrom(content),
        CommittedUnixMs = 1_700_000_000_000,
    };
}
