using FsCheck;
using FsCheck.Fluent;
using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Tests.Contract;

/// <summary>Whatever is committed, in whatever batches: after close and open the store holds what the operations add up to in the model.</summary>
public sealed class ModelTests
{
    /// <summary>One choice in so many ends a batch; one in the square of it closes and opens the store too.</summary>
    private const int BatchEnds = 6;

    [Fact]
    public void A_store_opened_again_holds_what_the_operations_add_up_to()
    {
        var operations = 0;
        var kinds = new HashSet<Type>();
        Prop.ForAll(Gen.Choose(0, 1_000_000).ArrayOf(120).ToArbitrary(), choices =>
        {
            using StoreUnderTest test = StoreUnderTest.Create("sqlite");
            using var model = new ModelStore();
            var script = new OperationScript(model);
            var batch = new List<StoreOperation>();
            foreach (int choice in choices)
            {
                if (script.Next(choice) is { } operation)
                {
                    batch.Add(operation);
                    kinds.Add(operation.GetType());
                    operations++;
                }

                if (choice / 7 % BatchEnds == 0)
                {
                    test.Store.Commit(batch);
                    batch.Clear();
                }

                if (choice / 7 % (BatchEnds * BatchEnds) == 0)
                {
                    script.Reopen();
                    AssertSame(model, script, test.Reopen());
                }
            }

            test.Store.Commit(batch);
            AssertSame(model, script, test.Store);
            AssertSame(model, script, test.Reopen());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(2026, 101));

        // The generator reaches every operation, and most of its choices are possible ones.
        Assert.Equal(typeof(StoreOperation).GetNestedTypes().Length, kinds.Count);
        Assert.True(operations > 40 * 40, $"Only {operations} operations were possible.");
    }

    /// <summary>What a move or a join leaves is the same in the store that the simulator's nodes have, so that what it finds is true of the one that ships.</summary>
    [Fact]
    public void The_simulators_store_holds_the_same_of_the_outbox()
    {
        var joins = 0;
        var gaps = 0;
        Prop.ForAll(Gen.Choose(0, 1_000_000).ArrayOf(300).ToArbitrary(), choices =>
        {
            using var simulated = new SimulatedStore();
            using var model = new ModelStore();
            var script = new OperationScript(model);
            foreach (int choice in choices)
            {
                if (script.Next(choice) is { } operation && IsOfTheOutbox(operation))
                {
                    simulated.Commit([operation]);
                    joins += operation is StoreOperation.JoinOutbox ? 1 : 0;
                }
            }

            gaps += model.ReadGaps(0, int.MaxValue).Count;
            Assert.Equal(Outbox(model), Outbox(simulated));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(2026, 103));
        Assert.True(joins > 30 && gaps > 30, $"{joins} joins, {gaps} gaps");
    }

    private static bool IsOfTheOutbox(StoreOperation operation) => operation is StoreOperation.OpenOutboundConversation or StoreOperation.AppendOutbox or StoreOperation.ReplaceWithTombstone
        or StoreOperation.SettleOutbox or StoreOperation.SetTentative or StoreOperation.MoveOutbox or StoreOperation.JoinOutbox or StoreOperation.StagePart or StoreOperation.DropStaged
        or StoreOperation.RecordGap { Gap.Kind: GapKind.Sent };

    private static string Outbox(IMessageStore store)
    {
        EndpointState state = store.Load();
        return string.Join('\n', [
            .. state.OutboundConversations.Select(row => $"{row.Recipient} {row.Conversation} {row.NextSequence} {row.Tentative} {row.FirstGap}").Order(StringComparer.Ordinal),
            .. state.Outbox.Select(entry => $"{entry.Recipient} {entry.Conversation} {entry.Sequence} {entry.Id} {entry.Tombstone} {entry.ContentLength}").Order(StringComparer.Ordinal),
            .. store.ReadGaps(0, int.MaxValue).Where(row => row.Gap.Kind == GapKind.Sent).Select(row => $"{row.Gap.Peer} {row.Gap.Conversation} {row.Gap.First} {row.Gap.Last} {row.Gap.Folded}").Order(StringComparer.Ordinal),
            .. state.OutboundConversations.SelectMany(row => store.ReadKept(row.Recipient, row.Conversation, 1, 100, 100).Select(kept => $"{row.Recipient} {kept.Sequence} {kept.Id}")).Order(StringComparer.Ordinal),
        ]);
    }

    private static void AssertSame(ModelStore model, OperationScript script, IMessageStore store) =>
        Assert.Equal(StoreText.Of(model, script.Ids, script.Places), StoreText.Of(store, script.Ids, script.Places));
}
