using System.Globalization;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// An institution's application, a process of its own that may be killed at any time: it sends in several conversations, receives, and says each step on
/// standard output before it takes the next. It keeps nothing: what it is to go on with is given to it.
/// </summary>
internal static class RigApplication
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs it: the node's socket, the other's address, and for each conversation <c>next:left</c>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var node = NodeControlClient.ForUnixSocket(args[0]);
        var conversations = args.Skip(2).Select(text => text.Split(':').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var ended = Console.In.ReadToEndAsync();
        List<Task> working = [ReceiveAsync(node), .. conversations.Select((conversation, index) => SendAsync(node, args[1], index, conversation[0], conversation[1]))];
        while (working.Count > 0)
        {
            var done = await Task.WhenAny([.. working, ended]);
            if (done == ended)
                break;
            // A failure that isn't the node's absence is the application's own, and ends it.
            await done;
            working.Remove(done);
        }

        return 0;
    }

    private static async Task SendAsync(NodeControlClient node, string to, int conversation, int next, int left)
    {
        for (var number = next; left > 0; number++)
        {
            Say($"try {conversation} {number}");
            var request = new SendRequest { To = to, Conversation = conversation.ToString(CultureInfo.InvariantCulture), Content = UnsafeByteOperations.UnsafeWrap(RigContent.Create(conversation, number)) };
            if (await SendAsync(node, request) is { } sent)
            {
                Say($"taken {conversation} {number} {sent.Sequence}");
                left--;
            }
        }
    }

    /// <summary>Null: nobody knows whether the node took it.</summary>
    private static async Task<SendResponse?> SendAsync(NodeControlClient node, SendRequest request)
    {
        while (true)
        {
            try
            {
                return await node.SendAsync(request, CallTimeout);
            }
            catch (NodeNotRunningException)
            {
                // Never reached it.
            }
            catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.ResourceExhausted)
            {
                // Refused.
            }
            catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded)
            {
                return null;
            }

            await RestAsync();
        }
    }

    private static async Task ReceiveAsync(NodeControlClient node)
    {
        while (true)
        {
            try
            {
                await foreach (var message in node.ReceiveAsync(new ReceiveRequest { Follow = true }))
                {
                    var (conversation, number, intact) = RigContent.Read(message.Content.Span);
                    intact &= !message.Tombstone && !message.Damaged && message.Conversation == conversation.ToString(CultureInfo.InvariantCulture);
                    Say($"came {conversation} {number} {message.Sequence} {message.Position} {Convert.ToHexString(message.MessageId.Span)} {intact}");
                    await node.ConfirmAsync(new ConfirmRequest { Positions = { message.Position } }, CallTimeout);
                }
            }
            catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded)
            {
                // The node is away; what wasn't confirmed comes again.
            }

            await RestAsync();
        }
    }

    private static async Task RestAsync()
    {
        using var timer = new PeriodicTimer(Pause);
        await timer.WaitForNextTickAsync();
    }

    /// <summary>In one write, so that a kill leaves whole lines.</summary>
    private static void Say(string line)
    {
        lock (Console.Out)
        {
            Console.Out.Write(line + "\n");
            Console.Out.Flush();
        }
    }
}
