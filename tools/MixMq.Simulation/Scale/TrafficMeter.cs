using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Scale;

/// <summary>Adds up what nodes send besides packets, and the signatures they have checked.</summary>
internal sealed class TrafficMeter : WorldObserver
{
    private long _controlBytes;
    private long _controlCells;
    private long _helloBytes;
    private long _helloCells;
    private long _checks;
    private long _second;
    private long _inSecond;
    private long _peak;

    public void Reset() => _controlBytes = _controlCells = _helloBytes = _helloCells = _checks = _inSecond = _peak = 0;

    public TrafficTotals Totals() => new(_controlBytes, _controlCells, _helloBytes, _helloCells, _checks, Math.Max(_peak, _inSecond));

    public override void ControlSent(SimNode from, SimNode to, CellType type, ReadOnlySpan<byte> content)
    {
        if (type == CellType.Hello)
        {
            _helloBytes += content.Length;
            _helloCells++;
            return;
        }

        _controlBytes += content.Length;
        _controlCells++;
        var second = World.Clock.Micros / Moment.MicrosPerSecond;
        if (second != _second)
        {
            _peak = Math.Max(_peak, _inSecond);
            (_second, _inSecond) = (second, 0);
        }

        _inSecond += content.Length;
    }

    public override void SignatureChecked(SimNode node, NodeAddress signer, ReadOnlySpan<byte> message, bool valid) => _checks++;
}
