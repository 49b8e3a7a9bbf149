namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>What is cut off for a while, and where: packets of these addresses are dropped by these firewalls, those of connections that are up too.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Ends">Firewalls and addresses.</param>
/// <param name="Institution">Whose inner link is cut with it; null: a relay.</param>
/// <param name="Float">Which of its floats, from 1.</param>
internal sealed record Cut(string Name, IReadOnlyList<(string Firewall, string Address)> Ends, Institution? Institution, int Float)
{
    /// <summary>Each single inner link, float and relay.</summary>
    public static IReadOnlyList<Cut> All =>
    [
        .. Institution.All.SelectMany(institution => Enumerable.Range(1, Institution.FloatsEach).Select(number => InnerLink(institution, number))),
        .. Institution.All.SelectMany(institution => Enumerable.Range(1, Institution.FloatsEach).Select(number => WholeFloat(institution, number))),
        .. FirewalledNetwork.Relays.Select(relay => new Cut(relay, [(FirewalledNetwork.Internet, FirewalledNetwork.RelayAddress(relay))], null, 0)),
    ];

    public static Cut InnerLink(Institution institution, int number) =>
        new($"inner link of {institution.Floats[number - 1]}", [(institution.Inner, institution.InnerEndpoint(number).Address.ToString())], institution, number);

    public static Cut WholeFloat(Institution institution, int number) => new(
        institution.Floats[number - 1],
        [(institution.Inner, institution.InnerEndpoint(number).Address.ToString()), (institution.Outer, institution.PublicEndpoint(number).Address.ToString())],
        institution,
        number);

    /// <summary>The outside still reaches the float, and sees that its port is closed.</summary>
    public bool IsProbed => Institution is not null && Ends.Count == 1;
}
