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

    private static void AssertSame(ModelStore model, OperationScript script, IMessageStore store) =>
        Assert.Equal(StoreText.Of(model, script.Ids, script.Places), StoreText.Of(store, script.Ids, script.Places));
}
