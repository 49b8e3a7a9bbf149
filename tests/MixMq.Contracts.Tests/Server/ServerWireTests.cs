using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Server;

/// <summary>What the server answers to requests that only a raw HTTP/2 client makes.</summary>
public sealed class ServerWireTests : IAsyncLifetime
{
    private const string Send = "/mixmq.control.v1.NodeControl/Send";
    private const string Track = "/mixmq.control.v1.NodeControl/Track";
    private const string GetStatus = "/mixmq.control.v1.NodeControl/GetStatus";

    private readonly ManualTime _time = new();
    private RunningNode _node = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _node = await RunningNode.StartAsync(_time);
        _http = _node.RawClient();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_call_that_succeeds_has_its_status_in_the_trailers()
    {
        using var response = await PostAsync(Send, FrameOf(new SendRequest { Content = ByteString.CopyFrom(1, 2, 3) }));
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.ToString());
        Assert.False(response.Headers.Contains("grpc-status"));
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        Assert.Equal(0, body[0]);
        Assert.Equal(3ul, SendResponse.Parser.ParseFrom(body.AsSpan(5)).Sequence);
    }

    [Fact]
    public async Task A_call_that_fails_at_once_is_answered_in_the_headers_alone()
    {
        using var response = await PostAsync(Track, FrameOf(new TrackRequest()));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("5", Assert.Single(response.Headers.GetValues("grpc-status")));
        var message = Assert.Single(response.Headers.GetValues("grpc-message"));
        Assert.DoesNotContain('✉', message);
        Assert.Equal(FakeNode.UnicodeError, StatusMessage.Decode(message));
        Assert.Empty(response.TrailingHeaders);
    }

    [Theory]
    [InlineData("", 12)] // no request
    [InlineData("00", 13)]
    [InlineData("0000000010AA", 13)] // ends within the message
    [InlineData("010000000000", 13)] // compressed without an encoding
    [InlineData("070000000000", 13)]
    [InlineData("0000000001FF", 13)] // not a protobuf message
    [InlineData("00000000000000000000", 12)] // two requests
    [InlineData("0000000000AB", 13)] // rubbish behind the request
    [InlineData("00FFFFFFFF", 8)]
    [InlineData("0000410001", 8)] // one byte over the limit
    public async Task A_wrong_frame_has_its_status(string hex, int status)
    {
        using var response = await PostAsync(Send, Convert.FromHexString(hex));
        Assert.Equal(status, await StatusAsync(response));
        Assert.Equal(0, _node.Node.Sends);
    }

    [Fact]
    public async Task An_oversize_message_is_refused_before_its_body_is_sent()
    {
        // The body never ends: an answer can only have come from the five bytes of the prefix.
        using var content = new EndlessContent([0, 0x7F, 0xFF, 0xFF, 0xFF]);
        using var request = new HttpRequestMessage(HttpMethod.Post, Send)
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("8", Assert.Single(response.Headers.GetValues("grpc-status")));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("nonsense")]
    public async Task An_encoding_other_than_identity_is_unimplemented_and_the_one_taken_is_named(string encoding)
    {
        using var response = await PostAsync(Send, FrameOf(new SendRequest()), ("grpc-encoding", encoding));
        Assert.Equal(12, await StatusAsync(response));
        Assert.Equal("identity", Assert.Single(response.Headers.GetValues("grpc-accept-encoding")));
    }

    [Fact]
    public async Task The_encoding_identity_is_taken()
    {
        using var response = await PostAsync(Send, FrameOf(new SendRequest()), ("grpc-encoding", "identity"));
        Assert.Equal(0, await StatusAsync(response));
    }

    [Theory]
    [InlineData("/mixmq.control.v1.NodeControl/Nothing")]
    [InlineData("/mixmq.control.v1.NodeControl/send")]
    [InlineData("/other.Service/Send")]
    public async Task An_unknown_method_is_unimplemented(string path)
    {
        using var response = await PostAsync(path, FrameOf(new SendRequest()));
        Assert.Equal(12, await StatusAsync(response));
    }

    [Fact]
    public async Task Another_content_type_is_415_and_another_http_method_405()
    {
        using var json = new StringContent("{}");
        using var response = await _http.PostAsync(new Uri(Send, UriKind.Relative), json);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        using var get = await _http.GetAsync(new Uri(Send, UriKind.Relative));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task The_deadline_of_the_request_ends_a_handler_that_observes_it()
    {
        var answer = PostAsync(GetStatus, FrameOf(new GetStatusRequest()), ("grpc-timeout", "10S"));
        await _node.Node.Hanging;
        Assert.Equal(_time.GetUtcNow().AddSeconds(10), _node.Node.LastDeadline);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_node.Node.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        using var response = await answer;
        Assert.Equal(4, await StatusAsync(response));
    }

    [Theory]
    [InlineData("10")]
    [InlineData("S")]
    [InlineData("123456789S")]
    public async Task A_malformed_timeout_is_a_violation(string timeout)
    {
        using var response = await PostAsync(Send, FrameOf(new SendRequest()), ("grpc-timeout", timeout));
        Assert.Equal(13, await StatusAsync(response));
    }

    [Fact]
    public async Task A_timeout_of_eleven_thousand_years_is_taken()
    {
        using var response = await PostAsync(Send, FrameOf(new SendRequest()), ("grpc-timeout", "99999999H"));
        Assert.Equal(0, await StatusAsync(response));
    }

    [Fact]
    public async Task A_handlers_bug_is_unknown_and_its_message_stays_out_of_answer_and_log()
    {
        using var response = await PostAsync(
            "/mixmq.control.v1.NodeControl/Cancel", FrameOf(new CancelRequest()));
        Assert.Equal(2, await StatusAsync(response));
        Assert.DoesNotContain("secret", response.Headers.ToString(), StringComparison.Ordinal);
        var line = Assert.Single(_node.Log.Lines);
        Assert.Contains("InvalidOperationException", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_connection_carries_as_many_streams_as_there_may_be_consumers_and_calls_beside_them()
    {
        const int maxConsumers = 256;
        using var end = new CancellationTokenSource();
        var streams = Enumerable.Range(0, maxConsumers).Select(_ => _http.SendAsync(Request(GetStatus, FrameOf(new GetStatusRequest())), end.Token)).ToList();
        await _node.Node.Hanging;
        using var response = await PostAsync(Send, FrameOf(new SendRequest()));
        Assert.Equal(0, await StatusAsync(response));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(streams));
    }

    [Fact]
    public async Task Rubbish_on_the_socket_leaves_the_server_serving()
    {
        var random = new Random(7);
        for (var i = 0; i < 20; i++)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_node.SocketPath));
            var rubbish = new byte[random.Next(1, 5000)];
            random.NextBytes(rubbish);
            try
            {
                // Every other one passes as HTTP/2 until the first frame.
                if (i % 2 == 0)
                    await socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
                await socket.SendAsync(rubbish);
                socket.Shutdown(SocketShutdown.Send);
                while (await socket.ReceiveAsync(new byte[1000]) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The server closed first.
            }
        }

        using var response = await PostAsync(Send, FrameOf(new SendRequest()));
        Assert.Equal(0, await StatusAsync(response));
    }

    private static byte[] FrameOf(IMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Frame.Write(bytes, message, GrpcLimits.MaxMessageBytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static async Task<int> StatusAsync(HttpResponseMessage response)
    {
        await response.Content.ReadAsByteArrayAsync();
        var headers = response.Headers.Contains("grpc-status") ? response.Headers : response.TrailingHeaders;
        return int.Parse(Assert.Single(headers.GetValues("grpc-status")), CultureInfo.InvariantCulture);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = Request(path, body);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await _http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static HttpRequestMessage Request(string path, byte[] body) => new(HttpMethod.Post, path)
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
    };

    private sealed class EndlessContent : HttpContent
    {
        private readonly byte[] _start;
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndlessContent(byte[] start)
        {
            _start = start;
            Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_start);
            await stream.FlushAsync();
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _end.TrySetCanceled();
            base.Dispose(disposing);
        }
    }
}
