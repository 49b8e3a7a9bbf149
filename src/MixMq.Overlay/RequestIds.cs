namespace MixMq.Overlay;

/// <summary>Counts the request ids of one core, for all its parts.</summary>
internal sealed class RequestIds
{
    private long _last;

    public RequestId Next() => new(++_last);
}
