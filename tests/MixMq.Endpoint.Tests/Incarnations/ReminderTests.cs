using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Tests.Messaging;

namespace MixMq.Endpoint.Tests.Incarnations;

/// <summary>A recipient put back to before a conversation began knows nothing of it: its sender, who has nothing more to say, tells it as long as anything of it is kept.</summary>
public sealed class ReminderTests
{
    private const double Hour = 3_600_000;
    private const double Day = 24 * Hour;

    [Theory]
    [Trait("Spec", "MSG-103")]
    [InlineData(0, false, 0, 3.2)]
    [InlineData(0, true, 0, 3.2)]
    [InlineData(0, false, 20, 80)]
    [InlineData(30, false, 0, 110)]
    [InlineData(150, false, 0, 18)]
    [InlineData(150, true, 3, 190)]
    public void A_recipient_put_back_to_before_a_conversation_is_told_although_the_sender_is_silent(double hoursBefore, bool senderRestarts, double hoursAway, double withinHours)
    {
        var pair = new EndpointPair(300);
        pair.Start();
        var image = pair.Bob.Backup();
        for (var i = 0; i < 90; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + (i % 3), i % 10 == 0 ? 9_000 : 30);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        pair.RunFor(hoursBefore * Hour);
        var before = Sequences(pair);
        if (senderRestarts)
        {
            pair.Alice.Kill();
            pair.Alice.Start();
            pair.RunFor(60_000);
        }

        pair.Bob.Restore(image);
        Assert.Empty(pair.Bob.Store.Inbox);
        pair.BobRoutes.Open = hoursAway == 0;
        pair.AliceRoutes.Open = hoursAway == 0;
        pair.RunFor(hoursAway * Hour);
        pair.AliceRoutes.Open = pair.BobRoutes.Open = true;
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 90 && pair.IsQuiet, withinHours * Hour), $"{pair.Bob.Store.Inbox.Count} are back");
        Assert.Equal(before, Sequences(pair));
        Assert.Empty(pair.Bob.Store.Gaps);
        pair.Judge(pair.Alice, pair.Bob);

        // And the conversation goes on.
        pair.Submit(pair.Alice, pair.Bob, "c0", 30);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Theory]
    [Trait("Spec", "MSG-103")]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Reminders_are_few_ever_more_rare_at_times_of_their_own_and_end_with_what_is_kept(bool answers, bool isKept)
    {
        const int Conversations = 40;
        var pair = new EndpointPair(301);
        pair.Start();
        for (var i = 0; i < Conversations; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + i, 30);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        if (!isKept)
        {
            pair.Alice.Store.DropKept(static _ => true);
        }

        pair.RunFor(30 * 60_000);
        var times = new List<double>();
        var sent = 0;
        pair.Pipe.Watch = (from, _, _) =>
        {
            sent++;
            if (from == pair.Alice.Address)
            {
                times.Add(pair.Clock.Seconds / 3600);
            }
        };
        pair.Pipe.Passes = (_, _, _) => answers;
        pair.RunFor(7 * Day);
        if (!isKept)
        {
            Assert.Equal(0, sent);
            return;
        }

        // A week: on average at 2, 6, 14, 30, 62 and 126 hours, and once before the end; as many answers.
        Assert.InRange(times.Count, 5 * Conversations, 9 * Conversations);
        Assert.InRange(sent, times.Count, (answers ? 2 : 1) * times.Count);
        Assert.True(times[0] > 1, "at once");
        Assert.True(times.Take(Conversations).Select(static time => (int)(time * 30)).Distinct().Count() > Conversations / 3, "all together");
        Assert.True(times.Count(static time => time < 84) > times.Count(static time => time > 84), "not more rarely");
        sent = 0;
        pair.RunFor(30 * Day);
        Assert.Equal(0, sent);
        Assert.Equal(Conversations, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-103")]
    public void Where_messages_are_sent_all_the_time_nobody_is_reminded()
    {
        var pair = new EndpointPair(302);
        pair.Start();
        for (var i = 0; i < 60; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 30);
            pair.RunFor(50 * 60_000);
        }

        Assert.Equal(0, pair.Alice.Snapshot().MarksSent);
        pair.Judge(pair.Alice, pair.Bob);
    }

    private static List<(string Conversation, ulong Sequence, MessageId Id)> Sequences(EndpointPair pair) =>
        [.. pair.Bob.Store.Inbox.Select(static entry => (entry.ConversationName, entry.Place.Sequence, entry.Id)).OrderBy(static entry => entry.ConversationName, StringComparer.Ordinal).ThenBy(static entry => entry.Sequence)];
}
