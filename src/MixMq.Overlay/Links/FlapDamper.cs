namespace MixMq.Overlay.Links;

/// <summary>
/// How long a link must be up before the own record lists it. Each time it goes down without a goodbye is a flap; from the second on it must
/// prove itself for 2 s, 4 s, … 60 s, so that one bad cable doesn't make the whole network flood records. A link that held for two minutes is
/// forgiven.
/// </summary>
internal sealed class FlapDamper
{
    private const int MostFlaps = 16;

    public int Flaps { get; private set; }

    public long HoldMicros => Flaps < 2
        ? 0
        : Math.Min(LinkTuning.FirstDampingMicros << (Flaps - 2), LinkTuning.LongestDampingMicros);

    public void Down(long upForMicros, bool clean)
    {
        if (upForMicros >= LinkTuning.ForgivenessMicros)
        {
            Flaps = 0;
        }

        if (!clean)
        {
            Flaps = Math.Min(Flaps + 1, MostFlaps);
        }
    }
}
