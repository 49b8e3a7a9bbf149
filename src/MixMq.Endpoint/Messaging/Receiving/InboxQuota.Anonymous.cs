using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <content>A name costs nothing to who has none, so what has no sender has one quota together.</content>
internal sealed partial class InboxQuota
{
    /// <summary>Why an anonymous message can't be taken in now; null: it can.</summary>
    public InboundDrop? RefusesAnonymous(long bytes)
    {
        var anonymous = Of(AnonymousPlaces.Sender);
        if (!anonymous.Taken.HasRoom(bytes, _options.MaxAnonymousMessages, _options.MaxAnonymousBytes))
        {
            return InboundDrop.AnonymousQuota;
        }

        return _all.Taken.HasRoom(bytes, _options.MaxInboxMessages, _options.MaxInboxBytes) ? null : InboundDrop.InboxQuota;
    }

    /// <summary>An anonymous message begins to be taken in.</summary>
    public void TakeAnonymous(long bytes)
    {
        Of(AnonymousPlaces.Sender).Taken.Add(1, bytes);
        _all.Taken.Add(1, bytes);
    }

    /// <summary>What was begun is given up.</summary>
    public void GiveBackAnonymous(long bytes) => Remove(AnonymousPlaces.Sender, bytes);

    /// <summary>
    /// A reply is stored. Replies have an account of their own, which refuses nothing: this node asked for them, and whoever replies would learn from a quota shared with anything else that the asker and the owner of that
    /// quota are one. What bounds them is how many questions are taken.
    /// </summary>
    public void TakeReply(long bytes) => _replies.Add(1, bytes);
}
