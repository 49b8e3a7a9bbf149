using System.Xml.Linq;
using MixMq.Sim.Pictures;

namespace MixMq.Simulation.Tests.Pictures;

public sealed class ChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_chart_is_well_formed_whatever_it_is_called()
    {
        var chart = XDocument.Parse(new Chart("a < b & \"c\"", "x", "y")
            .Add(new("]]> <script>", ChartStyle.Line, [(0, 1), (5, -3), (10, 4)]))
            .Add(ChartSeries.Histogram("bars", [1, 1, 2, 9], 0, 10, 5))
            .Add(ChartSeries.Cumulative("steps", [3, 1, 2]))
            .Add(new("dashes", ChartStyle.Dashed, []))
            .ToSvg());
        Assert.Equal(Svg + "svg", chart.Root!.Name);
        Assert.Equal("a < b & \"c\"", chart.Root.Element(Svg + "title")!.Value);
        Assert.Equal(4, chart.Descendants(Svg + "path").Count());
        Assert.Equal(["]]> <script>", "bars", "steps", "dashes"], chart.Descendants(Svg + "text").Select(text => text.Value)
            .Where(text => text is "]]> <script>" or "bars" or "steps" or "dashes"));
    }

    [Fact]
    public void Everything_lies_within_the_picture()
    {
        var chart = XDocument.Parse(new Chart("t", "x", "y").Add(new("far", ChartStyle.Line, [(-1e6, 3e-5), (2.5e6, 9e-5)])).ToSvg());
        var path = chart.Descendants(Svg + "path").Single().Attribute("d")!.Value;
        var numbers = path.Split('M', 'L', ' ').Where(part => part.Length > 0).Select(part => double.Parse(part, System.Globalization.CultureInfo.InvariantCulture));
        Assert.All(numbers.Chunk(2), point =>
        {
            Assert.InRange(point[0], 0, 760);
            Assert.InRange(point[1], 0, 440);
        });
    }

    [Fact]
    public void A_histogram_holds_the_whole_sample() =>
        Assert.Equal(1, ChartSeries.Histogram("h", [0.5, 1.5, 1.6, 3.9], 0, 4, 8).Points.Sum(point => point.Y) * 0.5, 1e-12);

    [Fact]
    public void A_point_without_a_place_is_refused() =>
        Assert.Throws<ArgumentException>(() => new Chart("t", "x", "y").Add(new("n", ChartStyle.Line, [(0, double.NaN)])));
}
