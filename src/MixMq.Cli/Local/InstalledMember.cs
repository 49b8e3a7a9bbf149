using System.Text.Json.Nodes;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Local;

/// <summary>A member of a network on this machine with its folder; port 0: it doesn't listen.</summary>
internal sealed record InstalledMember(LocalMember Member, NodeFolder Folder, JsonObject Configuration, int Port)
{
    public string Address => Folder.Address.ToString();

    public string ConfigurationPath => Folder.ConfigurationPath;

    /// <summary>An endpoint's control socket.</summary>
    public string SocketPath => Path.Combine(Folder.Folder, "data", "control.sock");

    public string LogPath => Path.Combine(Folder.Folder, "log.txt");
}
