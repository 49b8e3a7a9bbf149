using System.Text;
using System.Text.Json;

namespace MixMq.Transport.Configuration.Migration;

/// <summary>
/// Where everything is in a JSON text, so that single places can be changed while every other byte, comments included, stays. Changes give a new text; places of the
/// old one mean nothing in it.
/// </summary>
internal sealed class JsonPlaces
{
    /// <summary>As deep as configurations may be.</summary>
    private const int MaxDepth = 16;

    private readonly byte[] _text;
    private readonly List<Place> _places = [];

    /// <exception cref="JsonException">It is no JSON, or no object.</exception>
    internal JsonPlaces(byte[] text)
    {
        _text = text;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
        _ = reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("it must be one JSON object");
        }

        Scan(ref reader, "", name: null, parent: null);
        while (reader.Read())
        {
        }
    }

    /// <summary>One value, and the name it has where it is in an object.</summary>
    internal sealed class Place(string path, Range? name, Place? parent, int start)
    {
        internal string Path { get; } = path;

        internal Range? Name { get; } = name;

        internal Place? Parent { get; } = parent;

        internal int Start { get; } = start;

        internal int End { get; set; }

        internal bool IsObject { get; set; }

        /// <summary>A text's or number's own text; null: an object, a list or null.</summary>
        internal string? Value { get; set; }

        internal List<Place> Children { get; } = [];
    }

    internal IReadOnlyList<Place> All => _places;

    internal Place? Find(string path) => _places.Find(place => string.Equals(place.Path, path, StringComparison.OrdinalIgnoreCase));

    /// <summary>The text with another value, written as JSON, in the place of one.</summary>
    internal byte[] WithValue(Place place, string json) => Replace(place.Start, place.End, json);

    /// <summary>The text with another name for a value.</summary>
    internal byte[] WithName(Place place, string name) => Replace(place.Name!.Value.Start.Value, place.Name.Value.End.Value, Quoted(name));

    /// <summary>The value as it stands in the text.</summary>
    internal string TextOf(Place place) => Encoding.UTF8.GetString(_text, place.Start, place.End - place.Start);

    /// <summary>The text without a value and its name, and without the objects that are empty then. Comments around it stay.</summary>
    internal byte[] Without(Place place)
    {
        while (place.Parent is { IsObject: true, Children.Count: 1, Name: not null } emptied)
        {
            place = emptied;
        }

        var siblings = place.Parent!.Children;
        var index = siblings.IndexOf(place);
        var (from, to) = (place.Name!.Value.Start.Value, place.End);
        var after = index + 1 < siblings.Count ? siblings[index + 1].Name!.Value.Start.Value : place.Parent.End - 1;
        var comma = Comma(to, after);
        if (comma >= 0)
        {
            to = comma + 1;
        }

        while (_text[from - 1] is (byte)' ' or (byte)'\t')
        {
            from--;
        }

        // A line of its own goes as a whole. Else its end stays, for it may end a comment.
        var rest = to;
        while (_text[rest] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            rest++;
        }

        to = _text[rest] == (byte)'\n' && _text[from - 1] == (byte)'\n' ? rest + 1 : to;
        var before = comma < 0 && index > 0 ? Comma(siblings[index - 1].End, from) : -1;
        return before < 0 ? Replace(from, to, "") : [.. _text.AsSpan(0, before), .. _text.AsSpan(before + 1, from - before - 1), .. _text.AsSpan(to)];
    }

    /// <summary>Where the comma is in what stands between two values, which is white space, comments and at most one; -1: there is none.</summary>
    private int Comma(int from, int to)
    {
        for (var at = from; at < to; at++)
        {
            if (_text[at] == (byte)',')
            {
                return at;
            }

            if (_text[at] == (byte)'/')
            {
                var isLine = _text[at + 1] == (byte)'/';
                at += 2;
                while (isLine ? _text[at] != (byte)'\n' : _text[at] != (byte)'*' || _text[at + 1] != (byte)'/')
                {
                    at++;
                }

                at += isLine ? 0 : 1;
            }
        }

        return -1;
    }

    /// <summary>The text with one more value at the end of the object at a path, which is made where it isn't there; null: there is something else there.</summary>
    internal byte[]? With(string path, string json)
    {
        var colon = path.LastIndexOf(':');
        var (parent, name) = colon < 0 ? ("", path) : (path[..colon], path[(colon + 1)..]);
        var target = Find(parent);
        if (target is null)
        {
            return With(parent, $"{{ {Quoted(name)}: {json} }}");
        }

        if (!target.IsObject)
        {
            return null;
        }

        var member = $"{Quoted(name)}: {json}";
        return target.Children.Count > 0
            ? Replace(target.Children[^1].End, target.Children[^1].End, "," + SpaceBefore(target.Children[^1], target) + member)
            : Replace(target.Start + 1, target.End - 1, $" {member} ");
    }

    /// <summary>The text with one more value at the very beginning.</summary>
    internal byte[] WithFirst(string name, string json)
    {
        var root = _places[0];
        return root.Children.Count > 0
            ? Replace(root.Start + 1, root.Start + 1, $"{SpaceBefore(root.Children[0], root)}{Quoted(name)}: {json},")
            : Replace(root.Start + 1, root.Start + 1, $" {Quoted(name)}: {json} ");
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    /// <summary>The white space that stands directly before a name: new ones are put as the others are.</summary>
    private string SpaceBefore(Place place, Place parent)
    {
        var end = place.Name!.Value.Start.Value;
        var start = end;
        while (start > parent.Start + 1 && _text[start - 1] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            start--;
        }

        var space = Encoding.ASCII.GetString(_text, start, end - start);
        var line = space.LastIndexOf('\n');
        return line >= 0 ? space[line..] : space.Length == 0 ? " " : space;
    }

    private byte[] Replace(int from, int to, string text) => [.. _text.AsSpan(0, from), .. Encoding.UTF8.GetBytes(text), .. _text.AsSpan(to)];

    private void Scan(ref Utf8JsonReader reader, string path, Range? name, Place? parent)
    {
        var place = new Place(path, name, parent, (int)reader.TokenStartIndex);
        _places.Add(place);
        parent?.Children.Add(place);
        var below = path.Length == 0 ? "" : path + ":";
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                place.IsObject = true;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    // The colon is a token's end no more than a space is: only the name itself is one.
                    Range own = (int)reader.TokenStartIndex..((int)reader.TokenStartIndex + reader.ValueSpan.Length + 2);
                    var member = reader.GetString()!;
                    _ = reader.Read();
                    Scan(ref reader, below + member, own, place);
                }

                break;
            case JsonTokenType.StartArray:
                for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                {
                    Scan(ref reader, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{below}{index}"), null, place);
                }

                break;
            case JsonTokenType.String:
                place.Value = reader.GetString();
                break;
            case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                place.Value = Encoding.ASCII.GetString(reader.ValueSpan);
                break;
            default:
                break;
        }

        place.End = (int)reader.BytesConsumed;
    }
}
