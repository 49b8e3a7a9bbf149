using System.Net.Sockets;
using System.Text;
using MixMq.Transport.Executables;

namespace MixMq.Transport.Tests.Executables;

/// <summary>What a service manager hears on the socket that it gives.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("manager-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_hears_readiness_and_the_stop(bool isAbstract)
    {
        var name = Path.Combine(_folder, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name : name));
        var service = ServiceManager.At(isAbstract ? "@" + name : name);

        service.Ready();
        service.Stopping();

        Assert.Equal(["READY=1", "STOPPING=1"], new[] { Next(manager), Next(manager) });
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("relative")]
    [InlineData("/nobody/listens/here")]
    public void Nobody_to_tell_is_no_failure(string? socket)
    {
        var service = ServiceManager.At(socket);

        service.Ready();
        service.Stopping();
    }

    [Fact]
    public void A_name_longer_than_addresses_are_is_no_failure() => ServiceManager.At("/" + new string('a', 300)).Ready();

    private static string Next(Socket manager)
    {
        var buffer = new byte[256];
        return Encoding.ASCII.GetString(buffer, 0, manager.Receive(buffer));
    }
}
