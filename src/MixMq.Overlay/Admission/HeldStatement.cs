using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Admission;

/// <summary>A statement that was verified, with its name.</summary>
internal sealed record HeldStatement<T>(T Statement, ulong Number, RecordHash Hash)
    where T : AuthorityStatement;
