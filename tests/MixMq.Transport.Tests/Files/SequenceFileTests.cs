using MixMq.Transport.Files;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Files;

public sealed class SequenceFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_file_is_sequence_zero() => Assert.Equal(0UL, new SequenceFile(_folder.Path).Load());

    [Fact]
    public void What_was_stored_last_is_loaded()
    {
        var file = new SequenceFile(_folder.Path);
        file.Store(41);
        file.Store(ulong.MaxValue);
        Assert.Equal(ulong.MaxValue, new SequenceFile(_folder.Path).Load());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("18446744073709551616")]
    public void A_damaged_file_is_never_guessed_at(string content)
    {
        _folder.Write(SequenceFile.FileName, content);
        Assert.Throws<IOException>(() => new SequenceFile(_folder.Path).Load());
    }

    [Fact]
    public void A_new_content_that_a_crash_left_behind_changes_nothing()
    {
        var file = new SequenceFile(_folder.Path);
        file.Store(7);
        _folder.Write(SequenceFile.FileName + ".new", "99");
        Assert.Equal(7UL, file.Load());
        file.Store(8);
        Assert.Equal(8UL, file.Load());
    }
}
