using MixMq.Endpoint.Messaging.Sending;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class SendWindowTests
{
    [Fact]
    public void A_window_grows_only_while_it_is_used()
    {
        var window = new SendWindow(64, 512);
        for (var round = 1; round <= 1_000; round++)
        {
            Send(window, 30);
            window.OnProgress(30, round);
        }

        Assert.Equal(64, window.Size);
        for (var round = 1; round <= 10; round++)
        {
            while (window.HasRoom)
            {
                window.OnSent();
            }

            window.OnProgress(window.InFlight, 1_000 + round);
        }

        Assert.Equal(512, window.Size);
    }

    private static void Send(SendWindow window, int fragments)
    {
        for (var i = 0; i < fragments; i++)
        {
            window.OnSent();
        }
    }
}
