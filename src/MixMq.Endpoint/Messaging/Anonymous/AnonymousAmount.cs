using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>How much room anonymous messages take that aren't accepted yet.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AnonymousAmount(int Messages, long Bytes, int Asking)
{
    public AnonymousAmount With(SubmitRequest request) => new(Messages + 1, Bytes + request.ContentLength, Asking + Asks(request));

    public AnonymousAmount Without(SubmitRequest request) => new(Messages - 1, Bytes - request.ContentLength, Asking - Asks(request));

    private static int Asks(SubmitRequest request) => request.ReplyWithinMillis > 0 ? 1 : 0;
}
