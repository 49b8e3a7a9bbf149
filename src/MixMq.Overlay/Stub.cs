using System.Collections.Immutable;
using MixMq.Sphinx;
#pragma warning disable CS1591, MA0048, MA0008, CA1051, CA1822
namespace MixMq.Overlay;
public readonly record struct Moment(long Micros, long UnixMillis);
public readonly record struct RequestId(long Value);
public sealed record NetworkParameters { public required NetworkDefinition Definition { get; init; } public int PathLinks { get; init; } = 5; public int EpochSeconds { get; init; } = 3600; public int SkewSeconds { get; init; } = 120; public int GraceSeconds { get; init; } = 420; }
