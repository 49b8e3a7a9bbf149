using Microsoft.Extensions.Logging;
using MixMq.Endpoint.Messaging;
using MixMq.Node.Messaging;
using MixMq.Sphinx;
using MixMq.Storage.Sqlite;

namespace MixMq.Node.Tests;

/// <summary>What the disk has damaged is in the log: all of it once after the start, then what is new; how much and of what kind alone.</summary>
public sealed class DamageLogTests : IDisposable
{
    private const string Name = "payroll";
    private static readonly MessageId Id = MessageId.FromBytes(new byte[MessageId.ByteCount]);
    private readonly string _folder = Directory.CreateTempSubdirectory("mixmq-node-").FullName;
    private readonly Lines _lines = new();
    private readonly HandTimer _timer = new();

    private string Store => Path.Combine(_folder, "messages.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Damage_is_warned_of_once_when_it_is_found_and_once_at_each_start()
    {
        Damage();
        using (SqliteMessageStore store = SqliteMessageStore.Open(Store))
        await using (new DamageLog(store, _lines, _timer))
        {
            _timer.Fire();
            Assert.Empty(_lines.Written);
            Assert.Equal(DamageLog.Interval, _timer.Due);

            store.ReadOutboxContent(Id);
            Assert.Single(store.ReadQuarantine(0, 10));
            _timer.Fire();
            _timer.Fire();
        }

        (LogLevel level, string text) = Assert.Single(_lines.Written);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith("The disk has damaged 1 rows of the message store (1 of sent messages)", text, StringComparison.Ordinal);
        Assert.Contains("mixmq restore", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Name, text, StringComparison.Ordinal);

        using (SqliteMessageStore store = SqliteMessageStore.Open(Store))
        await using (new DamageLog(store, _lines, _timer))
        {
            _timer.Fire();
            _timer.Fire();
        }

        Assert.Equal(2, _lines.Written.Count);
    }

    private void Damage()
    {
        byte[] content = [.. Enumerable.Range(1, 200).Select(number => (byte)number)];
        var (recipient, conversation) = (NodeAddress.FromBytes(new byte[NodeAddress.ByteLength]), ConversationId.OfName(Name));
        using (SqliteMessageStore store = SqliteMessageStore.Open(Store))
        {
            store.Commit([
                new StoreOperation.OpenOutboundConversation(recipient, conversation, Name, ConversationSecret.FromBytes(new byte[ConversationSecret.ByteCount]), 1),
                new StoreOperation.AppendOutbox(
                    new OutboxEntry
                    {
                        Id = Id, Recipient = recipient, Conversation = conversation, Sequence = 1, Envelope = new byte[300], Label = Name, ContentLength = content.Length, CreatedUnixMillis = 1, ExpiresUnixMillis = 2,
                    },
                    content)]);
        }

        byte[] file = File.ReadAllBytes(Store);
        int at = file.AsSpan().IndexOf(content);
        Assert.True(at > 0);
        file[at + 100] ^= 1;
        File.WriteAllBytes(Store, file);
    }

    private sealed class Lines : ILogger
    {
        internal List<(LogLevel Level, string Text)> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add((logLevel, formatter(state, exception)));
    }

    /// <summary>Fires when it is told to.</summary>
    private sealed class HandTimer : TimeProvider
    {
        private Action _fire = () => { };

        internal TimeSpan Due { get; private set; }

        internal void Fire() => _fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_fire, Due) = (() => callback(state), dueTime);
            return new Timer(this);
        }

        private sealed class Timer(HandTimer owner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                owner.Due = dueTime;
                return true;
            }

            public void Dispose() => owner._fire = () => { };

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
