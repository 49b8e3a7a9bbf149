using System.Collections;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Node.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport;
using MixMq.Transport.Configuration;

namespace MixMq.Node.Tests;

/// <summary>A loop that the node's own workers drop is told to the core by its id, and nothing is told of other packets.</summary>
public sealed class DroppedLoopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mixmq-node-").FullName;
    private readonly RelayConfiguration _configuration;
    private readonly NodeIdentity _identity;
    private readonly List<MessageId> _dropped = [];

    public DroppedLoopTests()
    {
        _identity = NodeIdentity.Create(Path.Combine(_folder, "identity.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        Write("tls.crt", certificate.ExportCertificatePem());
        Write("tls.key", key.ExportPkcs8PrivateKeyPem());
        string file = Write("node.json", """
            { "network": { "name": "test" }, "identity": { "keyFile": "identity.key" }, "tls": { "certificateFile": "tls.crt", "keyFile": "tls.key" }, "listen": [], "peers": [], "limits": { "packetBuffers": 256, "delayQueue": 16 } }
            """);
        var result = ConfigurationLoader.Load(file, new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays: false));
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        _configuration = result.Value;
    }

    public void Dispose()
    {
        _configuration.Certificate.Dispose();
        _identity.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_loop_whose_first_hop_has_no_link_was_dropped_here()
    {
        await using OverlayHost host = Host();
        using var work = new WrapWork(host, _configuration.Network.Definition, new WrapJobs(), _dropped.Add);
        work.Execute([Job(null), Job(Id(1)), Job(Id(2))]);
        Assert.Equal([Id(1), Id(2)], _dropped);
    }

    [Fact]
    public async Task A_loop_for_which_there_is_no_packet_buffer_was_dropped_here()
    {
        await using OverlayHost host = Host();
        var rented = new List<PacketBuffer>();
        while (host.Pool.TryRent(out PacketBuffer? buffer))
        {
            rented.Add(buffer);
        }

        rented[^1].Return();
        using var replies = new Replies(_configuration.Network);
        using var work = new WrapWork(host, _configuration.Network.Definition, new WrapJobs(), _dropped.Add);
        using var anonymous = new AnonymousWork(host, _configuration.Network.Definition, replies, _dropped.Add);
        work.Execute([Job(Id(1)), Job(Id(2)), Job(null)]);
        Assert.Equal(Id(2), _dropped[0]);
        _ = host.Pool.TryRent(out PacketBuffer? last);
        anonymous.Execute([new AnonymousJob.Reply([], []), new AnonymousJob.Loop([], 0, [11], Id(3))]);
        Assert.Equal([Id(2), Id(1), Id(3)], _dropped);
        foreach (PacketBuffer buffer in rented[..^1].Append(last!))
        {
            buffer.Return();
        }
    }

    private OverlayHost Host() => new(_configuration, _identity, null, NullLoggerFactory.Instance, TimeProvider.System);

    private WrapJob Job(MessageId? loop)
    {
        var path = new PathHop[_configuration.Network.PathLinks];
        for (int i = 0; i < path.Length; i++)
        {
            using NodeIdentity node = NodeIdentity.Generate(SystemRandomSource.Instance);
            using MixKey key = MixKey.Generate(1, 16, SystemRandomSource.Instance);
            path[i] = new PathHop(node.Address, key.Public, 0);
        }

        var job = new WrapJob();
        job.Set(path, path[0].Address, [1, 2, 3], loop);
        return job;
    }

    private static MessageId Id(byte number) => MessageId.FromBytes([number, .. new byte[15]]);

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
