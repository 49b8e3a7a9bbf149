using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Wire;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100 %", "100 %25")]
    [InlineData("zoë", "zo%C3%AB")]
    [InlineData("✉", "%E2%9C%89")]
    [InlineData("a\r\nb", "a%0D%0Ab")]
    public void A_status_message_is_percent_encoded(string message, string encoded)
    {
        Assert.Equal(encoded, StatusMessage.Encode(message));
        Assert.Equal(message, StatusMessage.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("%41%", "A%")]
    [InlineData("%FF", "\uFFFD")]
    public void A_malformed_status_message_is_kept_as_well_as_it_goes(string encoded, string message) =>
        Assert.Equal(message, StatusMessage.Decode(encoded));

    [Fact]
    public void Any_status_message_survives_and_is_printable_ascii_on_the_wire() =>
        Prop.ForAll<string>(text =>
        {
            if (text is null || text.Length > GrpcLimits.MaxStatusMessageBytes / 3)
                return true;
            var encoded = StatusMessage.Encode(text);
            // Lone surrogates have no UTF-8; they become the replacement character.
            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            return encoded.All(c => c is >= ' ' and <= '~') && StatusMessage.Decode(encoded) == expected;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_status_message_is_cut_at_a_characters_end()
    {
        var decoded = StatusMessage.Decode(StatusMessage.Encode(new string('✉', 5000)));
        Assert.Equal(new string('✉', GrpcLimits.MaxStatusMessageBytes / 3), decoded);
    }

    [Theory]
    [InlineData("1H", 36_000_000_000L)]
    [InlineData("2M", 1_200_000_000L)]
    [InlineData("3S", 30_000_000L)]
    [InlineData("5m", 50_000L)]
    [InlineData("7u", 70L)]
    [InlineData("101n", 2L)]
    [InlineData("0n", 0L)]
    public void A_timeout_is_read(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("1.5S")]
    [InlineData("100000000n")]
    [InlineData("١S")]
    public void A_malformed_timeout_is_refused(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Fact]
    public void A_written_timeout_is_never_shorter_and_hardly_longer() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).SelectMany(low => Gen.Choose(0, 40).Select(shift => (long)low << (shift / 2))).ToArbitrary(), ticks =>
        {
            var text = GrpcTimeout.Format(new TimeSpan(ticks));
            return text.Length <= 9
                && GrpcTimeout.TryParse(text, out var read)
                && read.Ticks >= ticks
                && read.Ticks - ticks <= Math.Max(10, ticks / 10_000);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_longest_timeout_fits() => Assert.True(GrpcTimeout.TryParse(GrpcTimeout.Format(TimeSpan.MaxValue), out _));

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("Application/gRPC; charset=utf-8", true)]
    [InlineData("application/grpc+json", false)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/json", false)]
    [InlineData(null, false)]
    public void The_content_type_tells_grpc(string? contentType, bool expected) =>
        Assert.Equal(expected, GrpcHeaders.IsGrpc(contentType));
}
