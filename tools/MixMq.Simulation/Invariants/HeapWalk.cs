using System.Collections.Concurrent;
using System.Reflection;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// Goes through everything that can be reached from some objects, field by field, and shows byte arrays, strings and addresses to whoever asked.
/// Memory outside of the managed heap (keys) isn't seen. What belongs to the runtime itself isn't entered.
/// </summary>
public sealed class HeapWalk
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = new();
    private static readonly ConcurrentDictionary<Type, bool> Worthwhile = new();
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _waiting = new();

    /// <summary>Objects seen.</summary>
    public int Objects => _seen.Count;

    /// <summary>Bytes in arrays of bytes seen.</summary>
    public long Bytes { get; private set; }

    public Action<byte[]>? OnBytes { get; init; }

    public Action<string>? OnText { get; init; }

    public Action<NodeAddress>? OnAddress { get; init; }

    /// <summary>Goes on from a root; what was seen from an earlier one isn't seen again.</summary>
    public void From(object root)
    {
        Meet(root);
        while (_waiting.TryPop(out var next))
        {
            Enter(next);
        }
    }

    private void Meet(object? value)
    {
        switch (value)
        {
            case null:
                return;
            case NodeAddress address:
                OnAddress?.Invoke(address);
                return;
        }

        var type = value.GetType();
        if (!type.IsValueType && !_seen.Add(value))
        {
            return;
        }

        if (IsWorthwhile(type))
        {
            _waiting.Push(value);
        }
    }

    private void Enter(object value)
    {
        switch (value)
        {
            case byte[] bytes:
                Bytes += bytes.Length;
                OnBytes?.Invoke(bytes);
                return;
            case string text:
                OnText?.Invoke(text);
                return;
            case Array array:
                foreach (var item in array)
                {
                    Meet(item);
                }

                return;
            default:
                foreach (var field in FieldsOf(value.GetType()))
                {
                    Meet(field.GetValue(value));
                }

                return;
        }
    }

    private static FieldInfo[] FieldsOf(Type type) => Fields.GetOrAdd(type, static type =>
    {
        var fields = new List<FieldInfo>();
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            fields.AddRange(at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Where(field => IsWorthwhile(field.FieldType)));
        }

        return [.. fields];
    });

    /// <summary>Whether a value of the type can lead to bytes, text or addresses.</summary>
    private static bool IsWorthwhile(Type type) => Worthwhile.GetOrAdd(type, static type =>
    {
        if (type == typeof(NodeAddress) || type == typeof(string))
        {
            return true;
        }

        if (type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsByRefLike || typeof(Type).IsAssignableFrom(type) || typeof(Delegate).IsAssignableFrom(type)
            || typeof(MemberInfo).IsAssignableFrom(type) || type == typeof(Lock) || typeof(Thread).IsAssignableFrom(type))
        {
            return false;
        }

        if (type.IsArray)
        {
            return type.GetElementType() == typeof(byte) || IsWorthwhile(type.GetElementType()!);
        }

        // A value without references and addresses has nothing to show; a class or interface may be anything.
        return !type.IsValueType || type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(field => field.FieldType != type && IsWorthwhile(field.FieldType));
    });
}
