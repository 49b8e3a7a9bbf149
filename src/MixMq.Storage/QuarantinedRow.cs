namespace MixMq.Storage;

/// <summary>Something damaged that was taken out of use. Nothing acts upon it; it is kept for whoever wants to look at it.</summary>
/// <param name="Number">From 1, in the order in which damage was found.</param>
/// <param name="Source">The table it stood in.</param>
/// <param name="Cause">What is wrong with it.</param>
/// <param name="NoticedUnixMillis">When that was found.</param>
/// <param name="Fields">Its columns as they were read, a JSON object; bytes in hexadecimal. They may hold a conversation's secret.</param>
/// <param name="ContentLength">Bytes of content kept with it.</param>
public sealed record QuarantinedRow(long Number, string Source, DamageCause Cause, long NoticedUnixMillis, string Fields, int ContentLength);
