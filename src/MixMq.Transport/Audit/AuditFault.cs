namespace MixMq.Transport.Audit;

/// <summary>A place where the chain of an audit trail doesn't hold.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Line">Line in the file, from 1; 0: the trail as a whole.</param>
/// <param name="Why">What is wrong there, the rest of a sentence.</param>
public sealed record AuditFault(string File, long Line, string Why);
