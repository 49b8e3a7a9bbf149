using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>
/// A constant as the code has it, named as in the table of spec/02: <c>LinkProtocol.HelloMicros</c>, a default such as
/// <c>OverlayOptions.DelayQueueLimit</c>, or a way such as <c>PacketGeometry.Default.Hops</c>.
/// </summary>
internal static partial class CodeConstant
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    private static readonly Type[] Types =
    [
        .. new[]
        {
            typeof(Crypto.X25519), typeof(Sphinx.PacketFormat), typeof(Overlay.OverlayCore), typeof(Transport.OverlayHost),
            typeof(Sphinx.Sending.PacketWriter), typeof(Endpoint.EndpointCore), typeof(Storage.StoreRetention),
        }.SelectMany(type => type.Assembly.GetTypes()),
    ];

    /// <summary>The type that a name begins with; null where there is none or more than one.</summary>
    public static Type? FindType(string name)
    {
        Type[] found = [.. Types.Where(type => type.Name == name)];
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>The value, times in microseconds; null where the name leads nowhere.</summary>
    public static decimal? Read(string name)
    {
        var parts = name.Split('.');
        var type = FindType(parts[0]);
        object? value = null;
        foreach (var part in parts[1..])
        {
            if (type is null || !TryRead(type, value, part, out value))
            {
                return null;
            }

            type = value?.GetType();
        }

        return value switch
        {
            null => null,
            TimeSpan time => time.Ticks / 10m,
            _ => Convert.ToDecimal(value, CultureInfo.InvariantCulture) * MicrosOf(parts[^1]),
        };
    }

    /// <summary>Constants and numeric defaults of a type: what a reader would look for in the table.</summary>
    public static IEnumerable<string> Members(Type type) =>
        from member in type.GetMembers(Any | BindingFlags.DeclaredOnly)
        where member switch
        {
            FieldInfo field => field.IsLiteral && !field.IsPrivate && IsNumber(field.FieldType),
            PropertyInfo { CanWrite: true, GetMethod.IsStatic: false } property => IsNumber(property.PropertyType) && HasDefault(type, property),
            _ => false,
        }
        select $"{type.Name}.{member.Name}";

    private static bool TryRead(Type type, object? instance, string member, out object? value)
    {
        value = null;
        foreach (var found in type.GetMember(member, Any))
        {
            instance ??= found is PropertyInfo { GetMethod.IsStatic: false } && HasDefaults(type) ? Activator.CreateInstance(type) : null;
            value = found switch
            {
                FieldInfo field => field.GetValue(instance),
                PropertyInfo property => property.GetValue(instance),
                _ => null,
            };
            return value is not null;
        }

        return false;
    }

    // What a type leaves at zero is data, not a default.
    private static bool HasDefault(Type type, PropertyInfo property) =>
        HasDefaults(type) && Convert.ToDecimal(property.GetValue(Activator.CreateInstance(type)), CultureInfo.InvariantCulture) != 0;

    private static bool HasDefaults(Type type) => type.GetConstructor(Type.EmptyTypes) is not null;

    private static bool IsNumber(Type type) => type.IsPrimitive && type != typeof(bool) && type != typeof(char);

    // A time's unit is the end of its name.
    private static decimal MicrosOf(string name) => Unit().Match(name).Value switch
    {
        "Seconds" => 1_000_000,
        "Millis" or "Ms" => 1_000,
        _ => 1,
    };

    [GeneratedRegex("(Seconds|Millis|Ms)$")]
    private static partial Regex Unit();
}
