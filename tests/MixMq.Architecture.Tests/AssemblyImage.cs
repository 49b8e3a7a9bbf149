using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MixMq.Architecture.Tests;

/// <summary>What an assembly's metadata tables say, read from the file without loading it.</summary>
internal sealed class AssemblyImage
{
    private AssemblyImage(MetadataReader reader)
    {
        Name = reader.GetString(reader.GetAssemblyDefinition().Name);
        References = [.. reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))];
        UsedTypes = [.. reader.TypeReferences.Select(handle => FullName(reader, handle)).Distinct()];
        UsedMembers = [.. reader.MemberReferences.Select(handle => MemberName(reader, handle)).OfType<string>().Distinct()];
        ForeignFunctions =
        [
            .. reader.TypeDefinitions.SelectMany(type => reader.GetTypeDefinition(type).GetMethods())
                .Select(reader.GetMethodDefinition)
                .Where(method => !method.GetImport().Module.IsNil)
                .Select(method => reader.GetString(method.GetImport().Name)),
        ];
        Types = [.. reader.TypeDefinitions.Select(handle => TypeImage.Read(reader, handle))];
    }

    public string Name { get; }

    /// <summary>The AssemblyRef table: what the compiler kept, so only what is really used.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>Full names of the types of other assemblies that are mentioned; nested ones with a plus sign.</summary>
    public IReadOnlyList<string> UsedTypes { get; }

    /// <summary>Type and member name of what is used of other assemblies' non-generic types, signature left out.</summary>
    public IReadOnlyList<string> UsedMembers { get; }

    /// <summary>Functions called in native libraries.</summary>
    public IReadOnlyList<string> ForeignFunctions { get; }

    public IReadOnlyList<TypeImage> Types { get; }

    /// <summary>Reads a managed assembly; null when the file isn't one.</summary>
    public static AssemblyImage? TryRead(Stream stream)
    {
        using var image = new PEReader(stream);
        return image.HasMetadata ? new AssemblyImage(image.GetMetadataReader()) : null;
    }

    public static AssemblyImage Read(string path)
    {
        using var stream = File.OpenRead(path);
        return TryRead(stream) ?? throw new InvalidOperationException($"{path} is no managed assembly.");
    }

    internal static string FullName(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{FullName(reader, (TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : Qualified(reader.GetString(type.Namespace), name);
    }

    internal static string Qualified(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";

    private static string? MemberName(MetadataReader reader, MemberReferenceHandle handle)
    {
        var member = reader.GetMemberReference(handle);
        return member.Parent.Kind == HandleKind.TypeReference
            ? $"{FullName(reader, (TypeReferenceHandle)member.Parent)}.{reader.GetString(member.Name)}"
            : null;
    }
}
