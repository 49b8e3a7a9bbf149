using System.Globalization;
using System.Xml.Linq;

namespace MixMq.Sim.Pictures;

/// <summary>
/// A chart with two linear axes, written as SVG. Without a background, in colours that are told apart on light and on dark ones, and with
/// normal or impaired colour vision (Okabe and Ito 2008). Equal charts give equal bytes.
/// </summary>
public sealed class Chart(string title, string xLabel, string yLabel)
{
    private const double Width = 760;
    private const double Height = 440;
    private const double Left = 76;
    private const double Right = 24;
    private const double Top = 76;
    private const double Bottom = 60;
    private const double LegendTop = 52;
    private const double CharacterWidth = 7;
    private const int Ticks = 7;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
    private readonly List<ChartSeries> _series = [];

    public Chart Add(ChartSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Points.Any(point => !double.IsFinite(point.X) || !double.IsFinite(point.Y)))
        {
            throw new ArgumentException("A point has no finite place.", nameof(series));
        }

        _series.Add(series);
        return this;
    }

    public string ToSvg() => new XDocument(Draw()).ToString();

    private XElement Draw()
    {
        var points = _series.SelectMany(series => series.Points).DefaultIfEmpty((0, 0)).ToArray();
        var xTicks = AxisTicks.Between(points.Min(point => point.X), points.Max(point => point.X), Ticks);
        var yTicks = AxisTicks.Between(Math.Min(0, points.Min(point => point.Y)), points.Max(point => point.Y), Ticks);
        var frame = new Frame(xTicks, yTicks);
        return new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Text(Width)} {Text(Height)}"),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", title),
            new XElement(
                Svg + "style",
                "svg { color: #333; font: 13px sans-serif } text { fill: currentColor } .grid { stroke: currentColor; stroke-opacity: .15 } "
                + ".axis { stroke: currentColor } @media (prefers-color-scheme: dark) { svg { color: #ddd } }"),
            Label(Left, 26, title, "start", 17),
            Legend(),
            Axes(frame, xTicks, yTicks),
            _series.Select((series, index) => Curve(series, Colours[index % Colours.Length], frame)));
    }

    private IEnumerable<XElement> Axes(Frame frame, double[] xTicks, double[] yTicks)
    {
        foreach (var y in yTicks)
        {
            yield return Line(Left, frame.Y(y), Width - Right, frame.Y(y), "grid");
            yield return Label(Left - 8, frame.Y(y) + 4, Show(y), "end");
        }

        foreach (var x in xTicks)
        {
            yield return Line(frame.X(x), Height - Bottom, frame.X(x), Height - Bottom + 5, "axis");
            yield return Label(frame.X(x), Height - Bottom + 20, Show(x), "middle");
        }

        yield return Line(Left, Height - Bottom, Width - Right, Height - Bottom, "axis");
        yield return Line(Left, Top, Left, Height - Bottom, "axis");
        yield return Label((Left + Width - Right) / 2, Height - 16, xLabel, "middle");
        var middle = (Top + Height - Bottom) / 2;
        var side = Label(18, middle, yLabel, "middle");
        side.Add(new XAttribute("transform", $"rotate(-90 18 {Text(middle)})"));
        yield return side;
    }

    private IEnumerable<XElement> Legend()
    {
        var x = Left;
        foreach (var (index, series) in _series.Index())
        {
            yield return new XElement(
                Svg + "rect",
                new XAttribute("x", Text(x)),
                new XAttribute("y", Text(LegendTop - 9)),
                new XAttribute("width", "14"),
                new XAttribute("height", series.Style == ChartStyle.Bars ? "10" : "3"),
                new XAttribute("fill", Colours[index % Colours.Length]),
                new XAttribute("fill-opacity", series.Style == ChartStyle.Bars ? ".5" : "1"));
            yield return Label(x + 20, LegendTop, series.Name, "start");
            x += 44 + (CharacterWidth * series.Name.Length);
        }
    }

    private static XElement Curve(ChartSeries series, string colour, Frame frame)
    {
        var parts = new List<string>();
        var bars = series.Style == ChartStyle.Bars;
        foreach (var (index, (x, y)) in series.Points.Index())
        {
            var (px, py) = (Text(frame.X(x)), Text(frame.Y(y)));
            parts.Add(index == 0
                ? bars ? $"M{px} {Text(frame.Y(0))}V{py}" : $"M{px} {py}"
                : series.Style is ChartStyle.Line or ChartStyle.Dashed ? $"L{px} {py}" : $"H{px}V{py}");
        }

        if (bars && series.Points.Count > 0)
        {
            parts.Add($"V{Text(frame.Y(0))}Z");
        }

        var path = new XElement(
            Svg + "path",
            new XAttribute("d", string.Concat(parts)),
            new XAttribute("stroke", colour),
            new XAttribute("stroke-width", bars ? "1" : "2"),
            new XAttribute("fill", bars ? colour : "none"));
        if (bars)
        {
            path.Add(new XAttribute("fill-opacity", ".3"));
        }

        if (series.Style == ChartStyle.Dashed)
        {
            path.Add(new XAttribute("stroke-dasharray", "7 4"));
        }

        return path;
    }

    private static XElement Line(double x1, double y1, double x2, double y2, string kind) => new(
        Svg + "line",
        new XAttribute("x1", Text(x1)),
        new XAttribute("y1", Text(y1)),
        new XAttribute("x2", Text(x2)),
        new XAttribute("y2", Text(y2)),
        new XAttribute("class", kind));

    private static XElement Label(double x, double y, string text, string anchor, int size = 13) => new(
        Svg + "text",
        new XAttribute("x", Text(x)),
        new XAttribute("y", Text(y)),
        new XAttribute("text-anchor", anchor),
        new XAttribute("font-size", Text(size)),
        text);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Show(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    // Places in the picture of values on the axes.
    private sealed class Frame(double[] xTicks, double[] yTicks)
    {
        public double X(double x) => Left + ((x - xTicks[0]) / (xTicks[^1] - xTicks[0]) * (Width - Left - Right));

        public double Y(double y) => Height - Bottom - ((y - yTicks[0]) / (yTicks[^1] - yTicks[0]) * (Height - Top - Bottom));
    }
}
