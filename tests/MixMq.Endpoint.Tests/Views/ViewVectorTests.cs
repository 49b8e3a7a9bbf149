using System.Globalization;
using System.Text.Json;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>spec/vectors/view-v1.json, from a model that shares no code with this.</summary>
public sealed class ViewVectorTests
{
    private static readonly JsonElement Vector = Read();

    [Fact]
    public void Addresses_fall_into_the_vectors_buckets() => Assert.All(
        Vector.GetProperty("buckets").EnumerateArray(),
        entry => Assert.Equal(entry.GetProperty("bucket").GetInt32(), ViewBuckets.Of(NodeAddress.FromBytes(Hex(entry, "address")))));

    [Fact]
    public void Prints_are_the_vectors()
    {
        Assert.Equal(Text("network_id"), Convert.ToHexStringLower(RecordBook.Network.Definition.Id));
        var records = Records("answerer_records").ToDictionary(record => record.Address);
        foreach (var entry in Vector.GetProperty("prints").EnumerateArray())
        {
            var record = records[NodeAddress.FromBytes(Hex(entry, "address"))];
            Assert.Equal(BitConverter.ToUInt64(Hex(entry, "print")), ViewBuckets.Print(record, Secret, Nonce));
        }
    }

    [Fact]
    public void A_summary_is_written_byte_for_byte()
    {
        var view = new ViewBuckets(RecordBook.View(Records("asker_records")));
        var digests = new byte[ViewBuckets.SummaryBytes];
        view.Digest(Secret, Nonce, digests);
        var frame = new byte[Frame.HeaderBytes + ViewSummary.ByteCount];
        new ViewSummary
        {
            Channel = new(Address("asker"), IsSenders: true, ConversationId.OfName("")),
            Nonce = Nonce,
            UnixMillis = Vector.GetProperty("asker_unix_ms").GetInt64(),
            Records = (uint)view.Records,
            After = default,
            Digests = digests,
        }.Write(frame.AsSpan(Frame.HeaderBytes), Secret);
        Frame.WriteHeader(frame, FrameType.ViewSummary, ViewSummary.ByteCount);
        Assert.Equal(Text("summary"), Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void Items_are_read_as_they_were_meant_and_written_byte_for_byte()
    {
        var body = Body(Hex(Vector, "items"));
        Assert.True(ViewChannel.HasTag(FrameType.ViewItems, body, Secret));
        Assert.True(ViewItems.TryRead(body, new ViewItem[255], out var items));
        Assert.Equal(ulong.Parse(Text("differing").AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture), items.Differing);
        Assert.Equal((Address("answerer"), false), (items.Channel.From, items.Channel.IsSenders));
        Assert.Equal((Vector.GetProperty("answerer_unix_ms").GetInt64(), 3u, false), (items.UnixMillis, items.Records, items.More));
        Assert.Equal([9UL, 18UL], items.Items.ToArray().Select(item => item.Sequence).Order());
        var written = new byte[body.Length];
        Assert.Equal(body.Length, items.Write(written, Secret));
        Assert.Equal(body, written);
    }

    [Fact]
    [Trait("Spec", "MSG-22")]
    public void What_the_vectors_call_malformed_is_not_read_though_its_tag_is_right()
    {
        var malformed = Vector.GetProperty("malformed").EnumerateArray().ToArray();
        Assert.Equal(11, malformed.Length);
        foreach (var entry in malformed)
        {
            var body = Body(Hex(entry, "frame"));
            Assert.True(ViewChannel.HasTag(FrameType.ViewItems, body, Secret));
            Assert.False(ViewItems.TryRead(body, new ViewItem[255], out _), entry.GetProperty("name").GetString());
        }
    }

    [Fact]
    public void A_summary_and_its_greatest_answer_fit_into_the_smallest_message()
    {
        Assert.True(Frame.HeaderBytes + ViewSummary.ByteCount <= MessagingConstants.MinMessageCapacity);
        Assert.Equal((11, 29), (ViewItems.MaxItems(MessagingConstants.MinMessageCapacity), ViewItems.MaxItems(2044)));
    }

    private static ConversationSecret Secret => ConversationSecret.FromBytes(Hex(Vector, "secret"));

    private static ExchangeNonce Nonce => ExchangeNonce.FromBytes(Hex(Vector, "nonce"));

    private static NodeAddress Address(string name) => NodeAddress.FromBytes(Hex(Vector, name));

    private static byte[] Body(byte[] frame)
    {
        ReadOnlySpan<byte> rest = frame;
        Assert.True(Frame.TryTake(ref rest, out var type, out var body));
        Assert.Equal(FrameType.ViewItems, type);
        Assert.True(rest.IsEmpty);
        return body.ToArray();
    }

    private static LinkStateRecord[] Records(string name) => [.. Vector.GetProperty(name).EnumerateArray().Select(text =>
    {
        Assert.Equal(LinkStateError.None, LinkStateRecord.TryParse(Convert.FromHexString(text.GetString()!), RecordBook.Network.Definition, out var record));
        return record!;
    })];

    private static string Text(string name) => Vector.GetProperty(name).GetString()!;

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "view-v1.json")));
        return document.RootElement.Clone();
    }
}
