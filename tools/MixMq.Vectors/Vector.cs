using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MixMq.Vectors;

/// <summary>One vector file. Its name says what it shows, its text is the same in every run.</summary>
/// <param name="Path">Below spec/vectors, with forward slashes.</param>
/// <param name="Content">The file's one object.</param>
public sealed record Vector(string Path, JsonObject Content)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string Text => Content.ToJsonString(Options) + "\n";
}
