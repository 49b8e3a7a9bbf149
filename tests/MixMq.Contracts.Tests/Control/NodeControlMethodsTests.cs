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
            Assert.False(method.IsClientStreaming);
            var property = typeof(NodeControlMethods).GetProperty(method.Name, BindingFlags.Public | BindingFlags.Static)!;
            Assert.Equal(
                typeof(GrpcMethod<,>).MakeGenericType(method.InputType.ClrType, method.OutputType.ClrType), property.PropertyType);
            var handler = served[$"/{service.FullName}/{method.Name}"];
            Assert.Equal(method.IsServerStreaming ? "ServerStreamingHandler`2" : "UnaryHandler`2", handler.GetType().Name);
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
