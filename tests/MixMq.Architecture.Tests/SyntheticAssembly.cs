using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MixMq.Architecture.Tests;

/// <summary>Smallest assemblies that break a rule, to see that the rule is enforced.</summary>
internal static class SyntheticAssembly
{
    public static byte[] Write(
        string name,
        (string Assembly, string Namespace, string Type, string Member)? uses = null,
        (string Namespace, string Type)? defines = null)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString(name + ".dll"), default, default, default);
        metadata.AddAssembly(metadata.GetOrAddString(name), new Version(1, 0), default, default, default(AssemblyFlags), AssemblyHashAlgorithm.None);
        AddType(metadata, default, "<Module>");
        if (uses is var (assembly, space, type, member))
        {
            var reference = metadata.AddAssemblyReference(
                metadata.GetOrAddString(assembly), new Version(1, 0), default, default, default, default);
            var owner = metadata.AddTypeReference(reference, metadata.GetOrAddString(space), metadata.GetOrAddString(type));
            metadata.AddMemberReference(owner, metadata.GetOrAddString(member), StaticVoid(metadata));
        }

        if (defines is var (ownSpace, ownType))
        {
            AddType(metadata, metadata.GetOrAddString(ownSpace), ownType);
        }

        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(image);
        return image.ToArray();
    }

    private static void AddType(MetadataBuilder metadata, StringHandle space, string name) => metadata.AddTypeDefinition(
        TypeAttributes.Public, space, metadata.GetOrAddString(name), default,
        MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));

    private static BlobHandle StaticVoid(MetadataBuilder metadata)
    {
        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature().Parameters(0, result => result.Void(), _ => { });
        return metadata.GetOrAddBlob(signature);
    }
}
