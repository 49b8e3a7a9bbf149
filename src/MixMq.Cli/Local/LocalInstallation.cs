using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Local;

/// <summary>Everything that the processes of a network need on disk, as its institutions would have set it up.</summary>
internal static class LocalInstallation
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>Makes keys, an authority and certificates an institution, and configurations.</summary>
    /// <param name="plan">Who is in the network.</param>
    /// <param name="root">The folder to put it in.</param>
    /// <param name="ports">One port for each member that isn't an endpoint, in their order.</param>
    /// <returns>What each member has, by its name.</returns>
    public static IReadOnlyDictionary<string, InstalledMember> Create(LocalPlan plan, string root, IReadOnlyList<int> ports)
    {
        var now = DateTimeOffset.UtcNow;
        var authorities = plan.Members.Select(member => member.Institution).Distinct().ToDictionary(
            institution => institution, institution => CreateAuthority(root, institution, now));
        try
        {
            var relays = plan.Members.Where(member => !member.IsEndpoint).ToList();
            var installed = plan.Members.ToDictionary(member => member.Name, member =>
            {
                var port = member.IsEndpoint ? 0 : ports[relays.IndexOf(member)];
                var kind = member.IsEndpoint ? ConfigurationKind.Node : ConfigurationKind.Float;
                var configuration = ConfigurationFile.Create(kind, plan.Name, port == 0 ? [] : [$"127.0.0.1:{port}"]);
                var folder = Path.Combine(root, member.Institution, member.Name);
                // The configuration names the peers, whose keys aren't all made yet: it is written again below.
                var made = NodeFolder.Create(folder, kind, configuration, (certificate, key) =>
                    TlsFiles.CreateIssued(authorities[member.Institution], certificate, key, member.Name, now, Lifetime));
                return new InstalledMember(member, made, configuration, port);
            });
            foreach (var member in installed.Values)
                WriteConfiguration(plan, root, member, installed);
            return installed;
        }
        finally
        {
            foreach (var authority in authorities.Values)
                authority.Dispose();
        }
    }

    private static X509Certificate2 CreateAuthority(string root, string institution, DateTimeOffset now)
    {
        Directory.CreateDirectory(Path.Combine(root, institution));
        var authority = TlsFiles.CreateAuthority($"{institution} CA (this machine alone)", now, Lifetime);
        SecretFile.CreateReadable(AuthorityFile(root, institution), Encoding.ASCII.GetBytes(authority.ExportCertificatePem() + "\n"));
        return authority;
    }

    private static string AuthorityFile(string root, string institution) => Path.Combine(root, institution, "ca.pem");

    private static void WriteConfiguration(LocalPlan plan, string root, InstalledMember own, Dictionary<string, InstalledMember> all)
    {
        var configuration = own.Configuration;
        var peers = (JsonArray)configuration["peers"]!;
        foreach (var (dialler, listener) in plan.Links)
        {
            if (dialler == own.Member)
                peers.Add((JsonNode)Peer(root, own.Member, all[listener.Name], dial: true));
            else if (listener == own.Member)
                peers.Add((JsonNode)Peer(root, own.Member, all[dialler.Name], dial: false));
        }

        if (own.Member.IsEndpoint)
        {
            var contacts = (JsonArray)configuration["contacts"]!;
            foreach (var other in plan.Endpoints.Where(other => other != own.Member))
                contacts.Add((JsonNode)new JsonObject { ["name"] = other.Name, ["address"] = all[other.Name].Address });
        }

        configuration["limits"] = new JsonObject { ["drainSeconds"] = 2 };
        configuration["statusIntervalSeconds"] = 1;
        plan.Configure?.Invoke(own.Member, configuration);
        File.Delete(own.ConfigurationPath);
        ConfigurationFile.Write(own.ConfigurationPath, configuration);
    }

    private static JsonObject Peer(string root, LocalMember own, InstalledMember peer, bool dial)
    {
        var entry = new JsonObject { ["name"] = peer.Member.Name, ["address"] = peer.Address };
        if (dial)
            entry["dial"] = $"127.0.0.1:{peer.Port}";
        else
            entry["accept"] = true;
        // Both ways of trust are shown: within an institution by key, between institutions by authority.
        entry["trust"] = own.Institution == peer.Member.Institution
            ? new JsonObject { ["pinnedKey"] = peer.Folder.Pin }
            : new JsonObject { ["caFile"] = AuthorityFile(root, peer.Member.Institution) };
        return entry;
    }
}
