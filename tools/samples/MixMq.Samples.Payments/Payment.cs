using System.Globalization;
using System.Text;

namespace MixMq.Samples.Payments;

/// <summary>One payment as it is sent: who pays, its number among that one's payments (from 1), and the amount.</summary>
internal sealed record Payment(string From, int Number, long Amount)
{
    /// <summary>What an institution's payment of a number amounts to: anyone can compute it, so anyone can check the books.</summary>
    public static Payment Of(string from, int number)
    {
        // Each letter counts, so that two institutions' sums differ.
        var start = from.Aggregate(17, (sum, letter) => unchecked((sum * 31) + letter));
        return new(from, number, 1 + (unchecked((uint)(start + (number * 7919))) % 1000));
    }

    public byte[] ToContent() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{From} {Number} {Amount}"));

    /// <exception cref="InvalidDataException">It is no payment, or not what this payment has to be.</exception>
    public static Payment Read(ReadOnlySpan<byte> content)
    {
        var words = Encoding.UTF8.GetString(content).Split(' ');
        return words is [var from, var number, var amount]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && long.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out var a)
            && Of(from, n) is var payment
            && payment.Amount == a
            ? payment
            : throw new InvalidDataException("That is no payment.");
    }
}
