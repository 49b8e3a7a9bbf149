using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>What a store must say of messages without a sender, so that none is taken twice.</summary>
public sealed class AnonymousTests
{
    public static TheoryData<string> Stores => StoreUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-74")]
    public void Ids_of_what_came_without_a_sender_are_loaded_consumed_or_not_for_as_long_as_retention_keeps_their_rows(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([
            new StoreOperation.UpsertInboundConversation(
                new InboundConversationState(AnonymousPlaces.Sender, AnonymousPlaces.Conversation, "", ConversationSecret.FromBytes(new byte[32]), 3, 4, [])),
            .. Enumerable.Range(1, 3).Select(number => new StoreOperation.AppendInbox(
                Entry(number, new Place(AnonymousPlaces.Sender, AnonymousPlaces.Conversation, (ulong)number), 5, (ulong)number) with { ReceivedUnixMillis = 1_000 * number })),
            new StoreOperation.ConsumeInbox(1), new StoreOperation.ConsumeInbox(2),
            Inbound(1), Ready(1, 4)]);
        Assert.Equal([1_000L, 2_000L, 3_000L], Received(test.Store));
        Assert.Equal((AnonymousPlaces.Sender, 1L), test.Store.Load().InboxUsage.Where(usage => usage.Sender == AnonymousPlaces.Sender).Select(usage => (usage.Sender, usage.Messages)).Single());

        // Not before they are remembered long enough.
        var retention = new StoreRetention();
        Assert.True(retention.ConsumedMillis >= AnonymousConstants.RememberedMillis);
        test.Store.Upkeep(retention, 999 + AnonymousConstants.RememberedMillis, 1_000);
        Assert.Equal([1_000L, 2_000L, 3_000L], Received(test.Reopen()));
    }

    private static IEnumerable<long> Received(IMessageStore store) => store.Load().AnonymousReceived.Select(received => received.ReceivedUnixMillis).Order();
}
