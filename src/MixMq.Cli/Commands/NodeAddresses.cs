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

    /// <summary>Whether a recipient is meant as an address; otherwise it is a contact's name, which the node knows.</summary>
    public static bool LooksLikeOne(string text) => text.Trim().StartsWith("mix1", StringComparison.OrdinalIgnoreCase);
}
