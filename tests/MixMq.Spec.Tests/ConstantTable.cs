using System.Globalization;

namespace MixMq.Spec.Tests;

/// <summary>The rows of the tables of constants in spec/02 against the code, read through a function so that a sample can take its place.</summary>
internal static class ConstantTable
{
    private const int ValueCell = 1;
    private const int UnitCell = 2;
    private const int CodeCell = 5;

    public static IEnumerable<string> Differences(SpecDocument document, Func<string, decimal?> code)
    {
        foreach (var (line, cells) in document.Rows("constant"))
        {
            if (cells.Length != CodeCell + 1 || Parse(cells[ValueCell], cells[UnitCell]) is not { } value)
            {
                yield return $"{document.Path}:{line}: can't be read";
                continue;
            }

            var name = cells[CodeCell].Trim('`');
            if (code(name) is not { } actual)
            {
                yield return $"{document.Path}:{line}: {name} isn't in the code";
            }
            else if (actual != value)
            {
                yield return $"{document.Path}:{line}: {name} is {actual} in the code, {value} in the table";
            }
        }
    }

    public static IEnumerable<string> Names(SpecDocument document) => document.Rows("constant").Select(row => row.Cells[^1].Trim('`'));

    private static decimal? Parse(string text, string unit)
    {
        decimal factor = unit switch
        {
            "d" => 86_400_000_000,
            "h" => 3_600_000_000,
            "min" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => 1,
        };
        if (text.StartsWith("2^", StringComparison.Ordinal) && int.TryParse(text[2..], out var exponent))
        {
            return (decimal)System.Numerics.BigInteger.Pow(2, exponent) * factor;
        }

        return decimal.TryParse(text, NumberStyles.AllowThousands | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value * factor
            : null;
    }
}
