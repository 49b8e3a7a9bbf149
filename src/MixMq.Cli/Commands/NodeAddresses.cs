using MixMq.Cli.Output;
using MixMq.Sphinx;

namespace MixMq.Cli.Commands;

/// <summary>Addresses as users type them.</summary>
internal static class NodeAddresses
{
    /// <exception cref="CommandException">It is mistyped; the message says how.</exception>
    public static NodeAddress Require(string text) => NodeAddress.TryParse(text.Trim(), out var address, out var error)
        ? address
        : throw CommandException.Usage($"{TerminalText.Escape(text)}: {error.Describe()} Copy it whole from its owner.");

    /// <summary>A recipient as the node is to be asked for it: what is meant as an address is checked here.</summary>
    /// <exception cref="CommandException">It is a mistyped address; the message says how.</exception>
    public static string Recipient(string text) => LooksLikeOne(text) ? Require(text).ToString() : text.Trim();

    /// <summary>Whether a recipient is meant as an address; otherwise it is a contact's name, which the node knows.</summary>
    public static bool LooksLikeOne(string text) => text.Trim().StartsWith("mix1", StringComparison.OrdinalIgnoreCase);
}
