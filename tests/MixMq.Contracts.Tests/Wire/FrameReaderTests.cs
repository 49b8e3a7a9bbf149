using System.Buffers;
using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Wire;

public sealed class FrameReaderTests
{
    private const int Limit = 1000;

    [Theory]
    [InlineData("", FrameOutcomeKind.End, GrpcStatusCode.Ok)]
    [InlineData("00", FrameOutcomeKind.Fault, GrpcStatusCode.Internal)]
    [InlineData("00000000", FrameOutcomeKind.Fault, GrpcStatusCode.Internal)]
    [InlineData("0000000000", FrameOutcomeKind.Message, GrpcStatusCode.Ok)]
    [InlineData("0000000002AB", FrameOutcomeKind.Fault, GrpcStatusCode.Internal)]
    [InlineData("0000000002ABCD", FrameOutcomeKind.Message, GrpcStatusCode.Ok)]
    [InlineData("0100000002ABCD", FrameOutcomeKind.Fault, GrpcStatusCode.Internal)]
    [InlineData("0200000002ABCD", FrameOutcomeKind.Fault, GrpcStatusCode.Internal)]
    [InlineData("FF00000002ABCD", FrameOutcomeKind.Fault, GrpcStatusCode.Internal)]
    [InlineData("00000003E9", FrameOutcomeKind.Fault, GrpcStatusCode.ResourceExhausted)]
    [InlineData("0080000000", FrameOutcomeKind.Fault, GrpcStatusCode.ResourceExhausted)]
    [InlineData("00FFFFFFFF", FrameOutcomeKind.Fault, GrpcStatusCode.ResourceExhausted)]
    internal async Task Each_form_of_a_frame_has_its_outcome(string hex, FrameOutcomeKind kind, GrpcStatusCode status)
    {
        var outcome = await Reader(Convert.FromHexString(hex)).ReadAsync(CancellationToken.None);
        Assert.Equal(kind, outcome.Kind);
        Assert.Equal(status, outcome.Status);
    }

    [Fact]
    public async Task A_length_over_the_limit_is_refused_on_the_prefix_alone()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[] { 0, 0x7F, 0xFF, 0xFF, 0xFF });
        // The writer stays open and no body comes: a reader that waited for one would hang here.
        var read = new FrameReader(pipe.Reader, Limit).ReadAsync(CancellationToken.None);
        Assert.True(read.IsCompletedSuccessfully);
        var outcome = await read;
        Assert.Equal(GrpcStatusCode.ResourceExhausted, outcome.Status);
    }

    [Fact]
    public async Task Frames_come_out_whole_however_the_bytes_were_cut()
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 20; i++)
            Frame.Write(bytes, new SendRequest { Content = ByteString.CopyFrom(new byte[i * 13]) }, Limit);
        for (var step = 1; step <= 17; step += 4)
        {
            var pipe = new Pipe();
            var reader = new FrameReader(pipe.Reader, Limit);
            var feed = Task.Run(async () =>
            {
                for (var at = 0; at < bytes.WrittenCount; at += step)
                    await pipe.Writer.WriteAsync(bytes.WrittenMemory[at..Math.Min(at + step, bytes.WrittenCount)]);
                await pipe.Writer.CompleteAsync();
            });
            for (var i = 0; i < 20; i++)
            {
                var outcome = await reader.ReadAsync(CancellationToken.None);
                Assert.Equal(i * 13, SendRequest.Parser.ParseFrom(outcome.Payload).Content.Length);
                reader.Consume();
            }

            Assert.Equal(FrameOutcomeKind.End, (await reader.ReadAsync(CancellationToken.None)).Kind);
            await feed;
        }
    }

    [Fact]
    public void Any_bytes_end_in_an_outcome() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var reader = Reader(bytes);
            while (true)
            {
                var read = reader.ReadAsync(CancellationToken.None);
                if (!read.IsCompletedSuccessfully)
                    return false;
                if (read.Result.Kind != FrameOutcomeKind.Message)
                    return true;
                reader.Consume();
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_message_over_the_limit_is_not_written()
    {
        var output = new ArrayBufferWriter<byte>();
        var failure = Assert.Throws<RpcException>(
            () => Frame.Write(output, new SendRequest { Content = ByteString.CopyFrom(new byte[Limit]) }, Limit));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, failure.StatusCode);
        Assert.Equal(0, output.WrittenCount);
    }

    private static FrameReader Reader(byte[] bytes) => new(PipeReader.Create(new ReadOnlySequence<byte>(bytes)), Limit);
}
