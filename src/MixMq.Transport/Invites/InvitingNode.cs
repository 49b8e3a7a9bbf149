using System.Collections;
using System.Collections.Immutable;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Keys;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Invites;

/// <summary>What an invite takes of a node's configuration: its network, its identity and its certificate.</summary>
public sealed class InvitingNode : IDisposable
{
    private InvitingNode(NetworkDefinition network, NodeIdentity identity, CertificatePin? pin, ImmutableArray<string> endpoints)
    {
        Network = network;
        Identity = identity;
        Pin = pin;
        Endpoints = endpoints;
    }

    /// <summary>The network.</summary>
    public NetworkDefinition Network { get; }

    /// <summary>Who signs.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>The pin of the certificate that peers outside are shown; null: the inside hands that over, so this machine hasn't got it.</summary>
    public CertificatePin? Pin { get; }

    /// <summary>Where the node says that it can be dialled.</summary>
    public ImmutableArray<string> Endpoints { get; }

    /// <inheritdoc/>
    public void Dispose() => Identity.Dispose();

    /// <summary>Reads these parts of a configuration; null with what is wrong with them.</summary>
    /// <param name="file">The configuration file.</param>
    /// <param name="errors">What is wrong.</param>
    public static InvitingNode? Load(string file, out ImmutableArray<ConfigurationError> errors)
    {
        var full = Path.GetFullPath(file);
        var found = new List<ConfigurationError>();
        var settings = ConfigurationLoader.ReadSettings(full, new Hashtable(), [], found);
        var reader = new ConfigurationReader(settings, Path.GetDirectoryName(full)!, found, new RevocationSet());
        var node = found.Count > 0 ? null : Read(reader);
        errors = [.. found];
        return node;
    }

    private static InvitingNode? Read(ConfigurationReader reader)
    {
        var section = reader.Section("network");
        var network = section.Has("parameters") ? AdmissionConfiguration.ReadNetwork(section) : NetworkSection.Read(section)?.Definition;
        var keyFile = reader.Section("identity").RequiredPath("keyFile", "the file of the node's Ed25519 identity key");
        var tls = reader.Section("tls");
        var handedOver = tls.Boolean("publicHandedOver", false);
        var (_, certificate) = handedOver ? (null, null) : TlsSection.Read(tls);
        var pin = certificate?.Pin;
        certificate?.Dispose();
        var endpoints = reader.Values<string>("publicEndpoints", (string text, out string endpoint) => (endpoint = text).Length > 0, DialTarget.Form);
        if (network is null || reader.ErrorCount > 0)
        {
            return null;
        }

        try
        {
            return new InvitingNode(network, NodeIdentity.Load(keyFile), pin, endpoints);
        }
        catch (KeyFileException e)
        {
            reader.Section("identity").Report("keyFile", e.Message);
            return null;
        }
    }
}
