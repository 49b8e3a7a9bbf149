using System.Globalization;
using System.Net;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>An institution's machines and what they are called: its node inside, two floats in the DMZ, a firewall on either side of these.</summary>
/// <param name="Letter">What its names end with.</param>
/// <param name="Number">What its addresses have in them, from 1.</param>
internal sealed record Institution(string Letter, int Number)
{
    public const int PublicPort = 7400;
    public const int InnerPort = 7401;
    public const int FloatsEach = 2;

    public static readonly IReadOnlyList<Institution> All = [new("a", 1), new("b", 2), new("c", 3)];

    public string Node => "node-" + Letter;

    public string Inner => "inner-" + Letter;

    public string Outer => "outer-" + Letter;

    public IReadOnlyList<string> Floats => [.. Enumerable.Range(1, FloatsEach).Select(Float)];

    /// <summary>All that is inside: 10.n.0.0/24. The legs in the DMZ that point to it are beside that.</summary>
    public string Inside => Text($"10.{Number}.0");

    public static string Float(string letter, int number) => Text($"float-{letter}{number}");

    /// <summary>Where a float expects the inside.</summary>
    public IPEndPoint InnerEndpoint(int number) => IPEndPoint.Parse(Text($"10.{Number}.{number}.2:{InnerPort}"));

    /// <summary>Where a float expects other institutions.</summary>
    public IPEndPoint PublicEndpoint(int number) => IPEndPoint.Parse(Text($"198.18.{(10 * Number) + number}.2:{PublicPort}"));

    private string Float(int number) => Float(Letter, number);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
