using System.Text.Json;

namespace MixMq.Samples.Payments;

/// <summary>An institution's books: what it has, and how many payments it has made and got. They are the state that its checkpoints keep.</summary>
internal sealed record Books(int Made, int Got, long Balance)
{
    public const long Opening = 1_000_000;

    /// <summary>Before the first payment.</summary>
    public static Books Empty => new(0, 0, Opening);

    public byte[] ToState() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static Books Read(ReadOnlySpan<byte> state) => state.IsEmpty ? Empty : JsonSerializer.Deserialize<Books>(state)!;

    public Books Make(Payment payment) => this with { Made = Made + 1, Balance = Balance - payment.Amount };

    /// <summary>
    /// Whether it is booked already. A payer whose node was put back from a backup has older books again, and makes what it doesn't know of any more a second time: as other messages, but
    /// under the same numbers. That is what a payment's number is for.
    /// </summary>
    public bool Has(Payment payment) => payment.Number <= Got;

    /// <summary>
    /// Whether it is too early: payments before it are missing. A payer whose node was put back has lost what was on its way then; of what he had paid after that, some may have come. He doesn't
    /// know of any of it, and makes all of it again, from the first that is missing.
    /// </summary>
    public bool Lacks(Payment payment) => payment.Number > Got + 1;

    /// <exception cref="InvalidDataException">It isn't the next one: a payment was lost, doubled, or overtaken.</exception>
    public Books Book(Payment payment) => payment.Number == Got + 1
        ? this with { Got = Got + 1, Balance = Balance + payment.Amount }
        : throw new InvalidDataException($"Payment {payment.Number} came after payment {Got}.");
}
