using System.Text.Json.Nodes;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Node.Configuration;
using MixMq.Sphinx;
using MixMq.Storage;
using MixMq.Storage.Sqlite;
using MixMq.Transport;

namespace MixMq.Node;

/// <summary><c>--restore FILE [--force]</c>: puts a backup in the place of the message store, says in one JSON object what it holds, and ends.</summary>
internal static class RestoreRun
{
    /// <summary>Takes the options of a restore off a command line.</summary>
    /// <returns>The other arguments, the backup (null: it isn't a restore), and whether a store may be replaced.</returns>
    internal static (string[] Arguments, string? Backup, bool Replace) Take(string[] arguments)
    {
        int at = Array.IndexOf(arguments, "--restore");
        if (at < 0 || at + 1 == arguments.Length)
        {
            return (arguments, null, false);
        }

        return ([.. arguments[..at].Concat(arguments[(at + 2)..]).Where(argument => argument != "--force")], arguments[at + 1], arguments.Contains("--force"));
    }

    /// <exception cref="MessageStoreException">It can't be put back; the store that was there is as it was.</exception>
    internal static void Run(NodeConfiguration configuration, string backup, bool replace)
    {
        using NodeIdentity identity = NodeIdentity.Load(configuration.IdentityKeyFile);
        NodeAddress owner = configuration.Endpoint(identity.Address).KnownAs;
        string? former = StoreRestore.Run(backup, configuration.StoreFile, owner, replace, TimeProvider.System);
        using SqliteMessageStore store = SqliteMessageStore.Open(configuration.StoreFile, new SqliteStoreOptions { Own = owner });
        EndpointState state = store.Load(outboxPage: 0);
        StoreCounts counts = store.Count();
        var report = new JsonObject
        {
            ["store"] = configuration.StoreFile,
            ["former"] = former,
            ["pending"] = counts.Pending,
            ["waiting"] = counts.Waiting,
            ["asked_again"] = new JsonArray([.. state.InboundConversations.Where(row => row.Sender != AnonymousPlaces.Sender && row.Conversation != AnonymousPlaces.Replies).Select(row => new JsonObject
            {
                ["sender"] = row.Sender.ToString(),
                ["conversation"] = row.Name,
                ["after"] = row.Watermark,
            })]),
        };
        Console.Out.WriteLine(report.ToJsonString());
    }
}
