using System.Text;
using System.Text.Json;

namespace MixMq.Cli.Setup;

/// <summary>
/// Adds to, changes and removes from a list at the top of a JSON file and leaves every other byte as it is: comments, order and layout are the
/// operator's. (Reading into nodes and writing those out again was rejected: it drops the comments.)
/// </summary>
internal sealed class JsonListEditor
{
    /// <summary>How configurations are read: as their operators may write them.</summary>
    public static readonly JsonDocumentOptions Tolerant = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly string _name;
    private readonly byte[] _text;
    private readonly List<Range> _elements = [];
    private int _objectOpen = -1;
    private bool _objectEmpty = true;
    private int _listOpen = -1;
    private int _listClose = -1;

    /// <exception cref="JsonException">The text is no JSON object, or the member is not a list.</exception>
    public JsonListEditor(byte[] text, string name)
    {
        _text = text;
        _name = name;
        Scan();
    }

    /// <summary>The elements, parsed.</summary>
    public IReadOnlyList<JsonElement> Elements => [.. _elements.Select(range =>
    {
        using var document = JsonDocument.Parse(_text.AsMemory()[range], Tolerant);
        return document.RootElement.Clone();
    })];

    /// <summary>The text with one more element at the list's end; the list is made where it is missing.</summary>
    public byte[] Add(string element)
    {
        var indented = "\n    " + element.ReplaceLineEndings("\n    ");
        if (_listOpen < 0)
        {
            var list = $"\n  \"{_name}\": [{indented}\n  ]{(_objectEmpty ? "\n" : ",")}";
            return Replace(_objectOpen + 1, _objectOpen + 1, list);
        }

        // A trailing comma that follows stays behind the new last element, where it is as good.
        return _elements.Count > 0
            ? Replace(_elements[^1].End.Value, _elements[^1].End.Value, "," + indented)
            : Replace(_listOpen + 1, _listClose, indented + "\n  ");
    }

    /// <summary>The text with another element in one's place. What stands in the element, comments too, goes with it.</summary>
    public byte[] ReplaceAt(int index, string element) =>
        Replace(_elements[index].Start.Value, _elements[index].End.Value, element.ReplaceLineEndings("\n    "));

    /// <summary>The text without the element, the comma and what stands between it and its neighbour.</summary>
    public byte[] RemoveAt(int index)
    {
        if (_elements.Count == 1)
            return Replace(_listOpen + 1, _listClose, "");
        return index > 0
            ? Replace(_elements[index - 1].End.Value, _elements[index].End.Value, "")
            : Replace(_elements[0].Start.Value, _elements[1].Start.Value, "");
    }

    private byte[] Replace(int from, int to, string text) => [.. _text.AsSpan(0, from), .. Encoding.UTF8.GetBytes(text), .. _text.AsSpan(to)];

    private void Scan()
    {
        var reader = new Utf8JsonReader(_text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var inList = false;
        var elementStart = 0;
        while (reader.Read())
        {
            var start = (int)reader.TokenStartIndex;
            var end = (int)reader.BytesConsumed;
            switch (reader.CurrentDepth, reader.TokenType)
            {
                case (0, JsonTokenType.StartObject):
                    _objectOpen = start;
                    break;
                case (0, not JsonTokenType.EndObject):
                    throw new JsonException("The file is not a JSON object.");
                case (1, JsonTokenType.PropertyName):
                    _objectEmpty = false;
                    inList = string.Equals(reader.GetString(), _name, StringComparison.OrdinalIgnoreCase);
                    break;
                case (1, JsonTokenType.StartArray) when inList:
                    _listOpen = start;
                    break;
                case (1, JsonTokenType.EndArray) when inList:
                    _listClose = start;
                    inList = false;
                    break;
                case (1, _) when inList:
                    throw new JsonException($"\"{_name}\" is not a list.");
                case (2, JsonTokenType.StartObject or JsonTokenType.StartArray) when inList:
                    elementStart = start;
                    break;
                case (2, JsonTokenType.EndObject or JsonTokenType.EndArray) when inList:
                    _elements.Add(elementStart..end);
                    break;
                case (2, _) when inList:
                    _elements.Add(start..end);
                    break;
                default:
                    break;
            }
        }

        if (_objectOpen < 0)
            throw new JsonException("The file is not a JSON object.");
    }
}
