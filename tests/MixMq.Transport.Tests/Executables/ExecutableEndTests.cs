using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MixMq.Transport.Executables;

namespace MixMq.Transport.Tests.Executables;

/// <summary>The exit code of an executable whose service runs in the host that the node and the float run in. Service managers start again what has failed, and not what was told to stop.</summary>
public sealed class ExecutableEndTests
{
    [Theory]
    [InlineData(false, false, ExecutableEnd.Success)]
    [InlineData(false, true, ExecutableEnd.RuntimeFailure)]
    [InlineData(true, false, ExecutableEnd.Success)]
    [InlineData(true, true, ExecutableEnd.RuntimeFailure)]
    public async Task The_exit_code_says_whether_it_failed_also_where_it_stops_while_its_start_waits(bool whileStarting, bool fails, int exitCode)
    {
        using var error = new StringWriter();
        Service? service = null;
        int code = await ExecutableEnd.OfAsync(
            async () =>
            {
                using IHost host = Build(new Service(whileStarting, fails));
                service = host.Services.GetRequiredService<Service>();
                await host.RunAsync();
            },
            () => service is { Failed: true },
            static _ => false,
            error);
        Assert.Equal((exitCode, ""), (code, error.ToString()));
    }

    [Fact]
    public async Task What_an_operator_can_mend_is_a_line_and_a_failure_and_nothing_else_is_caught()
    {
        using var error = new StringWriter();
        Assert.Equal(
            ExecutableEnd.RuntimeFailure,
            await ExecutableEnd.OfAsync(() => throw new IOException("can't listen"), static () => false, static failure => failure is IOException, error));
        Assert.Equal("can't listen" + Environment.NewLine, error.ToString());
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => ExecutableEnd.OfAsync(() => throw new InvalidOperationException(), static () => false, static failure => failure is IOException, error));
    }

    private static IHost Build(Service service)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(service);
        builder.Services.AddSingleton<IHostedService>(provider =>
        {
            service.Lifetime = provider.GetRequiredService<IHostApplicationLifetime>();
            return service;
        });
        return builder.Build();
    }

    /// <summary>Stops its host, as one does whose store or overlay has failed, or as a signal does.</summary>
    private sealed class Service(bool whileStarting, bool fails) : IHostedService
    {
        internal IHostApplicationLifetime? Lifetime { get; set; }

        internal bool Failed { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            if (!whileStarting)
            {
                Lifetime!.ApplicationStarted.Register(End);
                return Task.CompletedTask;
            }

            End();
            return new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        private void End()
        {
            Failed = fails;
            Lifetime!.StopApplication();
        }
    }
}
