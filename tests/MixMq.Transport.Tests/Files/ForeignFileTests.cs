using System.Diagnostics;
using MixMq.Transport.Files;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Files;

public sealed class ForeignFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_regular_file_is_read_up_to_the_limit()
    {
        _folder.Write("some", "zwölf");
        Assert.Equal("zwölf", ForeignFile.TryReadText(PathOf("some"), 6));
        Assert.Null(ForeignFile.TryReadText(PathOf("some"), 5));
        Assert.Null(ForeignFile.TryReadText(PathOf("none"), 5));
        Assert.Null(ForeignFile.TryReadText(_folder.Path, 1 << 20));
    }

    [Fact]
    public void Links_aren_t_followed_wherever_they_lead()
    {
        _folder.Write("some", "text");
        File.CreateSymbolicLink(PathOf("link"), PathOf("some"));
        File.CreateSymbolicLink(PathOf("endless"), "/dev/zero");
        Assert.Null(ForeignFile.TryReadText(PathOf("link"), 1 << 20));
        Assert.Null(ForeignFile.TryReadText(PathOf("endless"), 1 << 20));
    }

    [Fact]
    public void A_pipe_is_not_waited_for()
    {
        using (var make = Process.Start("mkfifo", [PathOf("pipe")]))
        {
            make.WaitForExit();
        }

        Assert.True(File.Exists(PathOf("pipe")));
        Assert.Null(ForeignFile.TryReadText(PathOf("pipe"), 1 << 20));
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, name);
}
