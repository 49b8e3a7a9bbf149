using System.Globalization;
using Google.Protobuf;
using MixMq.Cli.Output;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Control;

/// <summary>What becomes of a message, asked of the node.</summary>
internal static class Delivery
{
    private const int IdBytes = 16;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A message's id as send prints it.</summary>
    /// <exception cref="CommandException">It isn't one.</exception>
    public static byte[] ParseId(string text)
    {
        var bytes = new byte[IdBytes];
        return text.Length == IdBytes * 2 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? bytes
            : throw CommandException.Usage($"{TerminalText.Escape(text)} is no message id; it has 32 hexadecimal digits, as send printed it.");
    }

    /// <summary>Asks until the message is acknowledged or expired, or the time is up; the last answer.</summary>
    public static async Task<TrackResponse> WaitAsync(NodeControlClient client, ByteString id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var answer = await client.TrackAsync(new TrackRequest { MessageId = id }, CallTimeout, cancellationToken);
            var left = timeout - TimeProvider.System.GetElapsedTime(started);
            if (answer.State != DeliveryState.Pending || left <= TimeSpan.Zero)
                return answer;
            await Task.Delay(pause < left ? pause : left, cancellationToken);
        }
    }

    /// <summary>Why a message whose recipient takes no content as long was ended, and what to do.</summary>
    public static string TooLarge(TrackResponse answer) => string.Create(
        CultureInfo.InvariantCulture,
        $"the recipient's node takes at most {answer.ContentLimit} bytes of content. Send it in smaller messages, or ask its operator to raise messaging:maxContentMiB.");

    /// <summary>The state's name in JSON.</summary>
    public static string Name(DeliveryState state) => state switch
    {
        DeliveryState.Pending => "pending",
        DeliveryState.Acknowledged => "acknowledged",
        DeliveryState.Expired => "expired",
        _ => "unknown",
    };
}
