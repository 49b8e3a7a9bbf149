using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Logging;

namespace MixMq.Transport.Tests.Logging;

public sealed class StandardErrorLoggingTests
{
    [Theory]
    [InlineData("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, false)]
    [InlineData("MixMq.Node.NodeService", LogLevel.Information, true)]
    [InlineData("MixMq.Node.NodeService", LogLevel.Debug, false)]
    public void What_the_program_says_itself_when_it_cannot_start_is_not_logged_with_its_call_stack(string category, LogLevel level, bool isShown)
    {
        using var services = new ServiceCollection().AddLogging(logging => logging.AddStandardError(LogLevel.Information)).BuildServiceProvider();
        Assert.Equal(isShown, services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level));
    }
}
