namespace MixMq.Fuzz.Targets;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new CanaryTarget(),
        new SlotTarget(),
        new AddressTarget(),
        new LinkStateTarget(),
        new StatementTarget(),
        new LegalNameTarget(),
        new MapGossipTarget(),
        new StatementGossipTarget(),
        new UnwrapTarget(),
        new SurbTarget(),
        new HelloTarget(),
        new LinkOpenTarget(),
        new LinkAuthTarget(),
        new CellStreamTarget(),
        new LinkCoresTarget(),
        new GossipTarget(),
        new AcknowledgementTarget(),
        new FragmentTarget(),
        new AnonymousTarget(),
        new ReplyTarget(),
        new MarkTarget(),
        new NamesakeTarget(),
        new ViewTarget(),
        new PingTarget(),
        new ConfigurationTarget(),
        new ProxyAnswerTarget(),
        new InviteTarget(),
    ];

    public static FuzzTarget Get(string name) =>
        All.FirstOrDefault(target => target.Name == name) ?? throw new ArgumentException($"There is no target '{name}'; see 'list'.", nameof(name));
}
