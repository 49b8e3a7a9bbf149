using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using MixMq.Overlay.Map;

namespace MixMq.Cli.Receiving;

/// <summary>Shows a received message; everything in it is a stranger's.</summary>
internal static class ReceivedMessageView
{
    /// <summary>Writes it whole and flushes, so that it may be consumed.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="message">What came.</param>
    /// <param name="file">The file that has the content; null: show the content.</param>
    public static void Write(CommandOutput output, ReceivedMessage message, string? file)
    {
        if (output.Json)
        {
            output.Object(ToJson(message, file, withContent: true));
            return;
        }

        output.Line(Headline(message));
        WriteContent(output, message, file);
    }

    /// <summary>Which message it is, in one line.</summary>
    public static string Headline(ReceivedMessage message)
    {
        var from = message.Anonymous ? "an anonymous sender" : TerminalText.Escape(message.FromName.Length > 0 ? message.FromName : LegalNameOf(message) ?? message.From);
        var conversation = message.Conversation.Length > 0 ? $" in {TerminalText.Escape(message.Conversation)}" : "";
        var label = message.Label.Length > 0 ? $" [{TerminalText.Escape(message.Label)}]" : "";
        var emergency = message.FromEmergency ? " (its key was changed in an EMERGENCY: authorities alone vouch for it)" : "";
        var answers = message.Answers.Length > 0 ? $" in reply to {Convert.ToHexStringLower(message.Answers.Span)}" : "";
        var reply = message.ReplyUntilUnixMs > 0 ? $" (a reply is wanted until {Clock.Show(message.ReplyUntilUnixMs)}: mixmq reply {Convert.ToHexStringLower(message.MessageId.Span)})" : "";
        return $"#{message.Position} {Clock.Show(message.CommittedUnixMs)} from {from}{emergency}{answers}{conversation}{label}{reply}";
    }

    // As it is fit to be shown: it may be made to look like another's.
    private static string? LegalNameOf(ReceivedMessage message) =>
        LegalName.TryParse(message.FromLegalName, out var name) == LegalNameError.None ? name!.Display() : null;

    /// <summary>What is in it, or what is to be said instead.</summary>
    public static void WriteContent(CommandOutput output, ReceivedMessage message, string? file)
    {
        if (message.Tombstone)
            output.Line("  (expired at the sender; it will not come)");
        else if (message.Damaged)
            output.Line("  (damaged on this node's disk; its content is lost)");
        else if (file is not null)
            output.Line($"  {file} ({Math.Max(message.Size, (ulong)message.Content.Length)} bytes)");
        else if (message.Size > (ulong)message.Content.Length)
            output.Line($"  ({message.Size} bytes; take them with --into)");
        else if (TerminalText.FromContent(message.Content.Span) is { } text)
            output.Line("  " + text.ReplaceLineEndings("\n  "));
        else
            output.Line($"  ({message.Content.Length} bytes that are no text; take them with --into or --json)");
    }

    /// <summary>All that is known of it.</summary>
    public static JsonObject ToJson(ReceivedMessage message, string? file, bool withContent)
    {
        var value = new JsonObject
        {
            ["position"] = message.Position,
            ["message_id"] = Convert.ToHexStringLower(message.MessageId.Span),
            ["from"] = message.From,
            ["from_name"] = message.FromName,
            ["from_legal_name"] = message.FromLegalName,
            ["from_present"] = message.FromPresent,
            ["from_emergency"] = message.FromEmergency,
            ["anonymous"] = message.Anonymous,
            ["reply_until_unix_ms"] = message.ReplyUntilUnixMs,
            ["answers"] = Convert.ToHexStringLower(message.Answers.Span),
            ["conversation"] = message.Conversation,
            ["sequence"] = message.Sequence,
            ["label"] = message.Label,
            ["created_unix_ms"] = message.CreatedUnixMs,
            ["committed_unix_ms"] = message.CommittedUnixMs,
            ["tombstone"] = message.Tombstone,
            ["damaged"] = message.Damaged,
            ["deliveries"] = message.Deliveries,
            ["size"] = Math.Max(message.Size, (ulong)message.Content.Length),
        };
        if (file is not null)
            value["file"] = file;
        else if (withContent && !message.Tombstone && !message.Damaged && message.Size <= (ulong)message.Content.Length)
            value["content_base64"] = message.Content.ToBase64();
        return value;
    }
}
