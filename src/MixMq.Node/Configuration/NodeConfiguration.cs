using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MixMq.Endpoint;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;

namespace MixMq.Node.Configuration;

/// <summary>What an endpoint node is configured with: a relay's sections, and its own beside them.</summary>
internal sealed record NodeConfiguration : RelayConfiguration
{
    /// <summary>Room in sockaddr_un; a longer path can't be bound, and the error of the system call wouldn't say so.</summary>
    private const int MaxSocketPathBytes = 107;

    [SetsRequiredMembers]
    private NodeConfiguration(RelayConfiguration relay)
        : base(relay)
    {
    }

    /// <inheritdoc/>
    protected override ImmutableArray<string> LiveSections => [.. base.LiveSections, "contacts"];

    /// <summary>Mean of the delay drawn for each hop, <c>mixing:meanDelayMs</c>; 0: none.</summary>
    public int MeanDelayMs { get; private init; }

    /// <summary>Absolute path of the control socket, <c>control:socket</c>.</summary>
    public string ControlSocket { get; private init; } = "";

    /// <summary>The correspondents' names, <c>contacts</c>.</summary>
    public ImmutableArray<ContactConfiguration> Contacts { get; private init; } = [];

    /// <summary>Expiry of a message that says none, <c>messaging:defaultExpiryHours</c>.</summary>
    public int DefaultExpiryHours { get; private init; }

    /// <summary>Packets with fragments a second, to all recipients together, <c>messaging:packetsPerSecond</c>.</summary>
    public int PacketsPerSecond { get; private init; }

    /// <summary>Whether anybody may write to this node, <c>messaging:senders</c>; else those contacts alone that may.</summary>
    public bool TakesFromAnyone { get; private init; }

    /// <summary>Whether those in the network map may write too.</summary>
    public bool TakesFromMap { get; private init; }

    /// <summary>The contacts who may write, and who is in a network map, unless as a contact he may not.</summary>
    public ImmutableHashSet<NodeAddress> SendersWith(NetworkMapView map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return Senders.Union(map.Addresses).Except(Contacts.Where(contact => !contact.MayWrite).SelectMany(contact => map.Successions.All(contact.Address)));
    }

    /// <summary>Whether messages without a sender are taken, <c>messaging:anonymous</c>.</summary>
    public bool TakesAnonymous { get; private init; }

    /// <summary>The contacts who may write.</summary>
    public ImmutableHashSet<NodeAddress> Senders => [.. Contacts.Where(contact => contact.MayWrite).Select(contact => contact.Address)];

    /// <summary>What may wait in the inbox, <c>messaging:inbox…</c>.</summary>
    public InboxLimits Inbox { get; private init; } = new();

    /// <summary>Packets to itself, <c>traffic</c>.</summary>
    public LoopSettings Loops { get; private init; } = new();

    /// <summary>Greatest content that is sent and taken, MiB, <c>messaging:maxContentMiB</c>.</summary>
    public int MaxContentMiB { get; private init; }

    /// <summary>The message store's file, in the data directory.</summary>
    public string StoreFile => Path.Combine(DataDirectory, "messages.db");

    /// <summary>Reads everything; null when something is wrong, and the reader has all errors then.</summary>
    public static NodeConfiguration? Read(ConfigurationReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        RelayConfiguration? relay = RelayConfiguration.Read(reader, relays: false);
        int mean = reader.Section("mixing").Integer("meanDelayMs", 50, 0, 3_600_000);
        string? socket = reader.Section("control").OptionalPath("socket");
        ImmutableArray<ContactConfiguration> contacts = reader.Items("contacts", ReadContact);
        ConfigurationReader messaging = reader.Section("messaging");
        int expiry = messaging.Integer("defaultExpiryHours", 7 * 24, 1, 30 * 24);
        int pace = messaging.Integer("packetsPerSecond", 1000, 1, 1_000_000);
        int content = messaging.Integer("maxContentMiB", 1024, 4, 4095);
        string senders = ReadSenders(messaging);
        bool anonymous = ReadAnonymous(messaging);
        InboxLimits inbox = InboxLimits.Read(messaging, content);
        LoopSettings loops = LoopSettings.Read(reader.Section("traffic"));
        CheckContacts(reader, contacts);
        socket ??= Path.Combine(relay?.DataDirectory ?? Path.Combine(reader.BaseDirectory, "data"), "control.sock");
        if (System.Text.Encoding.UTF8.GetByteCount(socket) > MaxSocketPathBytes)
        {
            reader.Report("control:socket", $"the whole path has more than {MaxSocketPathBytes} bytes, which Unix sockets can't have; name a shorter one, such as /run/mixmq/control.sock");
        }

        if (relay is null || reader.ErrorCount > 0)
        {
            relay?.Certificate.Dispose();
            return null;
        }

        var configuration = new NodeConfiguration(relay)
        {
            MeanDelayMs = mean,
            ControlSocket = socket,
            Contacts = contacts,
            DefaultExpiryHours = expiry,
            PacketsPerSecond = pace,
            TakesFromAnyone = senders == "anyone",
            TakesFromMap = senders == "map",
            TakesAnonymous = anonymous,
            Inbox = inbox,
            Loops = loops,
            MaxContentMiB = content,
        };
        foreach (string error in configuration.Endpoint(default).Validate())
        {
            reader.Report("messaging", error);
        }

        return reader.ErrorCount > 0 ? null : configuration;
    }

    /// <summary>The endpoint core's options for this node.</summary>
    public EndpointOptions Endpoint(NodeAddress own) => new()
    {
        Network = Network,
        Own = own,
        Former = Admission?.Former ?? [],
        MeanDelayMs = MeanDelayMs,
        DefaultExpiryMillis = DefaultExpiryHours * 3_600_000L,
        PacketsPerSecond = PacketsPerSecond,
        AllowedSenders = TakesFromAnyone ? null : Senders,
        AllowAnonymous = TakesAnonymous,
        LoopsPerMinute = Loops.PerMinute,
        LoopSurbShare = Loops.SurbShare,
        MaxAnonymousMessages = Inbox.AnonymousMessages,
        MaxAnonymousBytes = Inbox.AnonymousBytes,
        MaxInboxMessagesPerSender = Inbox.MessagesPerSender,
        MaxInboxBytesPerSender = Inbox.BytesPerSender,
        MaxInboxMessages = Inbox.Messages,
        MaxInboxBytes = Inbox.Bytes,
        MaxContentBytes = (long)MaxContentMiB << 20,
        MaxOutboxBytes = Math.Max(2048L, 2L * MaxContentMiB) << 20,
        MaxPartialBytesPerSender = (MaxContentMiB + 64L) << 20,
        MaxPartialBytes = Math.Max(4096L, 2L * (MaxContentMiB + 64)) << 20,
    };

    private static string ReadSenders(ConfigurationReader messaging)
    {
        string senders = messaging.Optional("senders") ?? "contacts";
        if (senders is not ("contacts" or "map" or "anyone"))
        {
            messaging.Report("senders", "must be 'contacts' (only they may write to this node), 'map' (they, and whoever is in the network map) or 'anyone'");
        }

        return senders;
    }

    private static bool ReadAnonymous(ConfigurationReader messaging)
    {
        string anonymous = messaging.Optional("anonymous") ?? "refuse";
        if (anonymous is not ("refuse" or "allow"))
        {
            messaging.Report("anonymous", "must be 'refuse' (messages without a sender are dropped) or 'allow' (anybody may send some, within anonymousMessages and anonymousMiB)");
        }

        return anonymous == "allow";
    }

    private static ContactConfiguration? ReadContact(ConfigurationReader reader)
    {
        int before = reader.ErrorCount;
        string name = reader.Required("name", "what you call this correspondent");
        string text = reader.Required("address", "the address of the correspondent's endpoint node, mix1…");
        bool mayWrite = reader.Boolean("mayWrite", true);
        if (reader.ErrorCount > before)
        {
            return null;
        }

        if (!NodeAddress.TryParse(text, out NodeAddress address, out AddressError error))
        {
            reader.Report("address", error.Describe());
            return null;
        }

        return new ContactConfiguration(name, address, mayWrite);
    }

    private static void CheckContacts(ConfigurationReader reader, ImmutableArray<ContactConfiguration> contacts)
    {
        foreach (var group in contacts.GroupBy(contact => contact.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            reader.Report("contacts", $"the name '{group.Key}' stands twice; give every contact a name of its own");
        }
    }
}
