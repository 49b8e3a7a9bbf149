using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>A dead letter's number is never another's: not after it was replayed, nor after a start.</summary>
public sealed class DeadLetterNumberTests
{
    public static TheoryData<string> Stores => StoreUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-36")]
    public void The_number_of_a_letter_that_was_replayed_is_not_given_again(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Ready(1, 1), Ready(2, 2), Dead(1), Dead(2)]);
        test.Store.Commit([new StoreOperation.ReplayDeadLetter(2)]);
        test.Store.Commit([Dead(2)]);
        Assert.Equal([(1, 1ul), (3, 2ul)], Letters(test.Store));

        test.Store.Commit([new StoreOperation.ReplayDeadLetter(1), new StoreOperation.ReplayDeadLetter(3)]);
        IMessageStore store = test.Reopen();
        Assert.Empty(store.ReadDeadLetters(0, 10));
        store.Commit([new StoreOperation.ReplayDeadLetter(1), Dead(1)]);
        Assert.Equal([(4, 1ul)], Letters(store));
        Assert.Equal([(4, 1ul)], Letters(test.Reopen()));
    }

    private static StoreOperation.MoveToDeadLetters Dead(ulong position) => new(position, "c", "no", 1);

    private static IEnumerable<(long, ulong)> Letters(IMessageStore store) => store.ReadDeadLetters(0, 10).Select(letter => (letter.Number, letter.Entry.Position));
}
