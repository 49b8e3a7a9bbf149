namespace MixMq.Transport.Audit;

/// <summary>The newest line of a trail that is on disk.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Hash">Its hash, 64 lower-case hex digits.</param>
internal sealed record AuditHead(long Number, string Hash);
