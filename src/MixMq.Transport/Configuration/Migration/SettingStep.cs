namespace MixMq.Transport.Configuration.Migration;

/// <summary>
/// One thing that is written otherwise since some version of the configuration. Paths are names joined by colons, as errors show them, with <c>*</c> for the
/// elements of a list: <c>peers:*:trust:pinnedKey</c>.
/// </summary>
/// <param name="Since">The first version that has it.</param>
/// <param name="Path">Where it was.</param>
public abstract record SettingStep(int Since, string Path)
{
    /// <summary>The elements of the lists in <paramref name="path"/>, where it is one that this is about; null: it isn't.</summary>
    internal IReadOnlyList<string>? Match(string path)
    {
        var (wanted, parts) = (Path.Split(':'), path.Split(':'));
        if (wanted.Length != parts.Length)
        {
            return null;
        }

        var elements = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            if (wanted[i] == "*")
            {
                elements.Add(parts[i]);
            }
            else if (!string.Equals(wanted[i], parts[i], StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }

        return elements;
    }

    /// <summary>What to say of it where a program meets it: the rest of a sentence that begins with its path.</summary>
    internal abstract string Describe(string path);

    /// <summary>Whether it is about a path, or a section in which that is.</summary>
    internal bool IsAbout(string path) => path.Split(':') is { } parts && parts.Length >= Depth && Match(string.Join(':', parts[..Depth])) is not null;

    /// <summary>Names in <see cref="Path"/>.</summary>
    internal int Depth => Path.Split(':').Length;

    /// <summary>A path with the elements of its lists in place of the stars; of more stars than elements the rest stays.</summary>
    internal static string Fill(string path, IReadOnlyList<string> elements)
    {
        var parts = path.Split(':');
        var next = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == "*" && next < elements.Count)
            {
                parts[i] = elements[next++];
            }
        }

        return string.Join(':', parts);
    }
}
