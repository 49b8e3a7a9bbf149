namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>Where the fragments of one outgoing anonymous message stand.</summary>
internal sealed class AnonymousPieces(int count)
{
    private readonly long[] _sent = new long[count];
    private readonly long[] _until = new long[count];
    private readonly byte[] _attempts = new byte[count];
    private readonly bool[] _stored = new bool[count];

    public int Count => count;

    /// <summary>The lowest that the recipient doesn't have.</summary>
    public int Leading { get; private set; }

    public int InFlight { get; private set; }

    public bool AllStored => Leading == count;

    /// <summary>A fragment leaves; it counts as lost after its deadline.</summary>
    /// <returns>Whether it had been sent before.</returns>
    public bool OnSent(int index, long nowMicros, long untilMicros)
    {
        InFlight += _until[index] == 0 ? 1 : 0;
        _sent[index] = nowMicros;
        _until[index] = untilMicros;
        _attempts[index] = (byte)Math.Min(byte.MaxValue, _attempts[index] + 1);
        return _attempts[index] > 1;
    }

    /// <summary>The recipient has it.</summary>
    /// <returns>When it was sent, if that was once; else 0.</returns>
    public long OnStored(int index)
    {
        if (_stored[index])
        {
            return 0;
        }

        _stored[index] = true;
        InFlight -= _until[index] != 0 ? 1 : 0;
        _until[index] = 0;
        while (Leading < count && _stored[Leading])
        {
            Leading++;
        }

        return _attempts[index] == 1 ? _sent[index] : 0;
    }

    /// <summary>What the recipient said to have it hasn't any more.</summary>
    public void Forget()
    {
        Array.Clear(_stored);
        Leading = 0;
    }

    /// <summary>Gives up what is past its deadline.</summary>
    /// <returns>How many.</returns>
    public int Expire(long nowMicros)
    {
        var lost = 0;
        for (var i = Leading; i < count && InFlight > 0; i++)
        {
            if (_until[i] != 0 && _until[i] <= nowMicros)
            {
                _until[i] = 0;
                InFlight--;
                lost++;
            }
        }

        return lost;
    }

    /// <summary>Nothing counts as under way any more.</summary>
    public void GiveUp()
    {
        Array.Clear(_until);
        InFlight = 0;
    }

    /// <summary>The lowest one below a bound that is neither stored nor under way; −1: none.</summary>
    public int Next(int end)
    {
        for (var i = Leading; i < Math.Min(end, count); i++)
        {
            if (!_stored[i] && _until[i] == 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/>: nothing is under way.</summary>
    public long NextDeadline()
    {
        var next = long.MaxValue;
        var left = InFlight;
        for (var i = Leading; i < count && left > 0; i++)
        {
            if (_until[i] != 0)
            {
                next = Math.Min(next, _until[i]);
                left--;
            }
        }

        return next;
    }
}
