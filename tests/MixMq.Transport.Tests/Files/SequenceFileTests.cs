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
    public void A_file_of_an_earlier_release_is_read_and_goes_on()
    {
        _folder.Write(SequenceFile.FileName, "1790000000123\n");
        var file = new SequenceFile(_folder.Path);
        Assert.Equal(1790000000123UL, file.Load());
        file.Store(1790000000124);
        Assert.Equal(1790000000124UL, new SequenceFile(_folder.Path).Load());
    }

    [Fact]
    public void Storing_again_needs_no_new_file()
    {
        new SequenceFile(_folder.Path).Store(7);

        // In the way of whatever would put another file in the place of this one.
        Directory.CreateDirectory(Path.Combine(_folder.Path, SequenceFile.FileName + ".new"));
        var file = new SequenceFile(_folder.Path);
        Assert.Equal(7UL, file.Load());
        for (var sequence = 8UL; sequence < 12; sequence++)
        {
            file.Store(sequence);
            Assert.Equal(sequence, new SequenceFile(_folder.Path).Load());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public void Whatever_is_left_of_the_line_being_written_the_other_one_stands(int at)
    {
        var file = new SequenceFile(_folder.Path);
        file.Store(40);
        file.Store(41);
        file.Store(42);
        var path = Path.Combine(_folder.Path, SequenceFile.FileName);
        var content = File.ReadAllBytes(path);
        content[at + 19]++;
        File.WriteAllBytes(path, content);
        Assert.Equal(at == 0 ? 42UL : 41UL, new SequenceFile(_folder.Path).Load());
        content[(512 - at) + 3] = (byte)'x';
        File.WriteAllBytes(path, content);
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
