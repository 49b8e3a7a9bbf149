using System.Reflection;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Tests.Control;

public sealed class NodeControlMethodsTests
{
    [Fact]
    public void The_methods_are_those_of_the_proto_with_their_types_and_kinds()
    {
        var service = ControlReflection.Descriptor.Services.Single();
        Assert.Equal(NodeControlMethods.ServiceName, service.FullName);
        var served = NodeControlDefinition.Create(new FakeNode()).Handlers;
        Assert.Equal(service.Methods.Count, served.Count);
        foreach (var method in service.Methods)
        {
            var property = typeof(NodeControlMethods).GetProperty(method.Name, BindingFlags.Public | BindingFlags.Static)!;
            Assert.Equal(
                typeof(GrpcMethod<,>).MakeGenericType(method.InputType.ClrType, method.OutputType.ClrType), property.PropertyType);
            var handler = served[$"/{service.FullName}/{method.Name}"];
            var kind = (method.IsClientStreaming, method.IsServerStreaming) switch
            {
                (false, false) => "UnaryHandler`2",
                (false, true) => "ServerStreamingHandler`2",
                (true, true) => "DuplexHandler`2",
                (true, false) => "ClientStreamingHandler`2",
            };
            Assert.Equal(kind, handler.GetType().Name);
        }
    }

    [Fact]
    public void The_largest_content_fits_with_every_field_at_its_longest()
    {
        var text = new string('x', 255);
        var largest = new ReceivedMessage
        {
            Position = ulong.MaxValue,
            MessageId = ByteString.CopyFrom(new byte[16]),
            From = text,
            FromName = text,
            Conversation = text,
            Sequence = ulong.MaxValue,
            Label = text,
            Content = ByteString.CopyFrom(new byte[GrpcLimits.MaxContentBytes]),
            CreatedUnixMs = long.MaxValue,
            CommittedUnixMs = long.MaxValue,
        };
        Assert.True(largest.CalculateSize() <= GrpcLimits.MaxMessageBytes);
    }
}
