using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace MixMq.Contracts.Server;

/// <summary>Serves gRPC services from ASP.NET Core's routing.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Serves these services, and answers UNIMPLEMENTED for every other <c>/service/method</c>. Call it once. The services used from
    /// the container, where they are there: TimeProvider (deadlines), ILoggerFactory, IHostApplicationLifetime (streams end with
    /// UNAVAILABLE when the host stops).
    /// </summary>
    /// <exception cref="ArgumentException">Two services have one name.</exception>
    public static IEndpointConventionBuilder MapGrpc(this IEndpointRouteBuilder endpoints, params GrpcServiceDefinition[] services)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(services);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var service in services)
        {
            if (!names.Add(service.Name))
                throw new ArgumentException($"The service {service.Name} is given twice.", nameof(services));
        }

        var handlers = services.SelectMany(service => service.Handlers).ToFrozenDictionary(StringComparer.Ordinal);
        return endpoints.MapPost("/{service}/{method}", new GrpcDispatcher(handlers).HandleAsync);
    }
}
