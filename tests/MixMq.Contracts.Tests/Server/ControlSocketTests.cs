using System.Net.Sockets;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;

namespace MixMq.Contracts.Tests.Server;

public sealed class ControlSocketTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mixmq-s-");

    private string SocketPath => Path.Combine(_directory.FullName, "made", "control.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Only_the_owner_can_open_the_directory_the_socket_and_the_lock()
    {
        await using var node = await RunningNode.StartAsync(socketPath: SocketPath);
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(SocketPath)!));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(SocketPath));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(SocketPath + ".lock"));
    }

    [Fact]
    public async Task The_socket_is_gone_after_a_stop_and_can_be_bound_again()
    {
        for (var i = 0; i < 2; i++)
        {
            await using var node = await RunningNode.StartAsync(socketPath: SocketPath);
            await node.Client.ListPeersAsync();
            await node.StopAsync();
            Assert.False(File.Exists(SocketPath));
        }
    }

    [Fact]
    public async Task A_second_node_is_turned_away_and_the_first_goes_on()
    {
        await using var first = await RunningNode.StartAsync(socketPath: SocketPath);
        var failure = await Assert.ThrowsAsync<ControlSocketException>(() => RunningNode.StartAsync(socketPath: SocketPath));
        Assert.Contains("Another node runs", failure.Message, StringComparison.Ordinal);
        await first.Client.ListPeersAsync();
    }

    [Fact]
    public async Task A_socket_that_a_dead_process_left_is_replaced()
    {
        MakeDirectory();
        // A raw descriptor, so that closing it leaves the file behind as a killed process does.
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath + "x"));
            File.Move(SocketPath + "x", SocketPath);
        }

        Assert.True(File.Exists(SocketPath));
        await using var node = await RunningNode.StartAsync(socketPath: SocketPath);
        await node.Client.ListPeersAsync();
    }

    [Fact]
    public async Task A_socket_that_answers_is_left_alone()
    {
        MakeDirectory();
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(SocketPath));
        other.Listen(1);
        await Assert.ThrowsAsync<ControlSocketException>(() => RunningNode.StartAsync(socketPath: SocketPath));
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public async Task A_file_that_is_not_a_socket_is_left_alone()
    {
        MakeDirectory();
        await File.WriteAllTextAsync(SocketPath, "precious");
        var failure = await Assert.ThrowsAsync<ControlSocketException>(() => RunningNode.StartAsync(socketPath: SocketPath));
        Assert.Contains("not a socket", failure.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketPath));
    }

    [Fact]
    public async Task A_symbolic_link_in_the_sockets_place_is_left_alone()
    {
        MakeDirectory();
        File.CreateSymbolicLink(SocketPath, "/nowhere");
        await Assert.ThrowsAsync<ControlSocketException>(() => RunningNode.StartAsync(socketPath: SocketPath));
        Assert.NotNull(new FileInfo(SocketPath).LinkTarget);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupExecute)]
    [InlineData(UnixFileMode.OtherRead)]
    public async Task A_directory_that_others_can_open_is_refused_with_the_command_that_closes_it(UnixFileMode extra)
    {
        MakeDirectory();
        File.SetUnixFileMode(Path.GetDirectoryName(SocketPath)!, OwnerOnly | UnixFileMode.UserExecute | extra);
        var failure = await Assert.ThrowsAsync<ControlSocketException>(() => RunningNode.StartAsync(socketPath: SocketPath));
        Assert.Contains("chmod 700", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task A_path_of_107_bytes_is_the_longest()
    {
        var prefix = _directory.FullName + "/";
        var longest = prefix + new string('s', 107 - prefix.Length);
        await using (var node = await RunningNode.StartAsync(socketPath: longest))
            await node.Client.ListPeersAsync();
        var failure = await Assert.ThrowsAsync<ControlSocketException>(() => RunningNode.StartAsync(socketPath: longest + "s"));
        Assert.Contains("108 bytes", failure.Message, StringComparison.Ordinal);
    }

    private void MakeDirectory() =>
        Directory.CreateDirectory(Path.GetDirectoryName(SocketPath)!, OwnerOnly | UnixFileMode.UserExecute);
}
