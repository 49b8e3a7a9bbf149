using System.Reflection.Metadata;

namespace MixMq.Architecture.Tests;

/// <summary>A type that an assembly defines.</summary>
/// <param name="Namespace">Of the outermost type around it.</param>
/// <param name="Name">Full name; nested types with a plus sign.</param>
/// <param name="Methods">Names of its methods.</param>
/// <param name="FieldTypes">Types of its instance fields, as far as they are plain classes or structures.</param>
internal sealed record TypeImage(string Namespace, string Name, IReadOnlyList<string> Methods, IReadOnlyList<string> FieldTypes)
{
    /// <summary>Records have a method that prints their members.</summary>
    public bool IsRecord => Methods.Contains("PrintMembers");

    public static TypeImage Read(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return new TypeImage(
            Outermost(reader, type),
            FullName(reader, handle),
            [.. type.GetMethods().Select(method => reader.GetString(reader.GetMethodDefinition(method).Name))],
            [.. type.GetFields().Select(reader.GetFieldDefinition)
                .Where(field => !field.Attributes.HasFlag(System.Reflection.FieldAttributes.Static))
                .Select(field => FieldType(reader, field)).OfType<string>()]);
    }

    private static string Outermost(MetadataReader reader, TypeDefinition type) => type.GetDeclaringType().IsNil
        ? reader.GetString(type.Namespace)
        : Outermost(reader, reader.GetTypeDefinition(type.GetDeclaringType()));

    private static string FullName(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        return type.GetDeclaringType().IsNil
            ? AssemblyImage.Qualified(reader.GetString(type.Namespace), name)
            : $"{FullName(reader, type.GetDeclaringType())}+{name}";
    }

    // A field signature is the byte 6, then its type: 0x11 or 0x12 and a token for a plain structure or class (ECMA-335 II.23.2.4).
    private static string? FieldType(MetadataReader reader, FieldDefinition field)
    {
        var signature = reader.GetBlobReader(field.Signature);
        signature.ReadSignatureHeader();
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.TypeHandle)
        {
            return null;
        }

        var handle = signature.ReadTypeHandle();
        return handle.Kind switch
        {
            HandleKind.TypeReference => AssemblyImage.FullName(reader, (TypeReferenceHandle)handle),
            HandleKind.TypeDefinition => FullName(reader, (TypeDefinitionHandle)handle),
            _ => null,
        };
    }
}
