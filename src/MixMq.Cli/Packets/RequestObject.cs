using System.Globalization;
using System.Text.Json;
using MixMq.Sphinx;

namespace MixMq.Cli.Packets;

/// <summary>
/// A JSON object of a request. Every member has to be one that is known, and whatever is wrong is told with the member's path and what is
/// expected there.
/// </summary>
internal sealed class RequestObject
{
    private const int MaxDepth = 8;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private readonly JsonElement _element;
    private readonly string _path;

    private RequestObject(JsonElement element, string path, ReadOnlySpan<string> members)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw PacketRefusal.Request($"{(path.Length == 0 ? "The text" : path)}: a JSON object is expected, not {Describe(element)}.");
        _element = element;
        _path = path;
        foreach (var member in element.EnumerateObject())
        {
            if (!Knows(members, member))
                throw PacketRefusal.Request($"{PathOf(NameOf(member))} is not known here; {(path.Length == 0 ? "there can be" : path + " has")} {string.Join(", ", members!)}.");
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="utf8">JSON in UTF-8, already limited in length.</param>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            RequireUnicode(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (JsonException failure)
        {
            throw PacketRefusal.Request($"This isn't JSON: {failure.Message}");
        }
        catch (InvalidOperationException)
        {
            throw PacketRefusal.Request("A name or a text isn't valid Unicode.");
        }
    }

    public static RequestObject Open(JsonElement element, string path, params ReadOnlySpan<string> members) => new(element, path, members);

    public RequestObject Object(string name, params ReadOnlySpan<string> members) => new(Required(name), PathOf(name), members);

    public bool Has(string name) => _element.TryGetProperty(name, out _);

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public JsonElement Required(string name) => _element.TryGetProperty(name, out var value)
        ? value
        : throw PacketRefusal.Request($"{PathOf(name)} is missing.");

    public string Text(string name)
    {
        var value = Required(name);
        if (value.ValueKind != JsonValueKind.String)
            throw PacketRefusal.Request($"{PathOf(name)}: a text is expected, not {Describe(value)}.");
        return value.GetString()!;
    }

    public long Number(string name, long least, long most)
    {
        var value = Required(name);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number) || number < least || number > most)
        {
            throw PacketRefusal.Request(string.Create(
                CultureInfo.InvariantCulture, $"{PathOf(name)}: a whole number from {least} to {most} is expected."));
        }

        return number;
    }

    /// <summary>Bytes of one length.</summary>
    public byte[] Hex(string name, int bytes) => Hex(name, bytes, bytes);

    /// <summary>Bytes of a length in a range.</summary>
    public byte[] Hex(string name, int least, int most) => HexText.Read(Text(name), PathOf(name), least, most);

    /// <summary>32 bytes in hexadecimal, which needn't be a key; or the text form, which has to be one.</summary>
    public NodeAddress Address(string name)
    {
        var text = Text(name);
        if (!text.StartsWith("mix1", StringComparison.OrdinalIgnoreCase))
            return NodeAddress.FromBytes(HexText.Read(text, PathOf(name), NodeAddress.ByteLength, NodeAddress.ByteLength));
        return NodeAddress.TryParse(text, out var address, out var error)
            ? address
            : throw PacketRefusal.Request($"{PathOf(name)}: {error.Describe()}");
    }

    /// <summary>The elements of an array, each with its path.</summary>
    public IReadOnlyList<(JsonElement Element, string Path)> List(string name, int most)
    {
        var value = Required(name);
        if (value.ValueKind != JsonValueKind.Array)
            throw PacketRefusal.Request($"{PathOf(name)}: an array is expected, not {Describe(value)}.");
        if (value.GetArrayLength() > most)
            throw PacketRefusal.Request($"{PathOf(name)}: at most {most} elements are expected, not {value.GetArrayLength()}.");
        return [.. value.EnumerateArray().Select((element, i) => (element, $"{PathOf(name)}[{i}]"))];
    }

    internal static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    private static bool Knows(ReadOnlySpan<string> members, JsonProperty member)
    {
        foreach (var known in members)
        {
            if (member.NameEquals(known))
                return true;
        }

        return false;
    }

    private static string NameOf(JsonProperty member) => member.Name.Length <= 40 ? member.Name : member.Name[..40] + "…";

    /// <summary>
    /// Unpaired surrogates and bytes that are no UTF-8 are found by the library only when a text is asked for, which is then too late for a
    /// good message. So each is asked for once.
    /// </summary>
    private static void RequireUnicode(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    RequireUnicode(item);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    RequireUnicode(member.Value);
                }

                break;
        }
    }
}
