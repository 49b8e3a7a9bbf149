using System.Collections.Immutable;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Transport.Admission;

namespace MixMq.Transport.Configuration;

/// <summary>What a node of a network with authorities is configured with, in section <c>network</c>. Immutable and valid: signatures have been verified.</summary>
public sealed record AdmissionConfiguration
{
    /// <summary>Absolute path of the signed parameters, <c>network:parameters</c>.</summary>
    public required string ParametersFile { get; init; }

    /// <summary>What it held.</summary>
    public required SignedParameters Parameters { get; init; }

    /// <summary>Absolute path of a revocation list to start from, <c>network:revocations</c>; null: learnt from neighbours alone.</summary>
    public string? RevocationsFile { get; init; }

    /// <summary>What it held.</summary>
    public RevokedAddresses? Revocations { get; init; }

    /// <summary>Absolute path of the node's admission certificate, <c>network:admission</c>; null: none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>What it held.</summary>
    public AdmissionCertificate? Certificate { get; init; }

    /// <summary>
    /// The statements by which the node's former addresses have come to be the present one, <c>network:successions</c>; empty: it has always had this one. They are given to the core at
    /// the start, and spread from there.
    /// </summary>
    public ImmutableArray<Succession> Successions { get; init; } = [];

    /// <summary>The node's addresses before, the oldest first.</summary>
    public ImmutableArray<NodeAddress> Former => Overlay.Map.Successions.Of(Successions).All(Own).Remove(Own);

    /// <summary>The node's own address.</summary>
    public required NodeAddress Own { get; init; }

    /// <summary>Reads the files that the section names.</summary>
    /// <param name="reader">Section <c>network</c>, which has <c>parameters</c>.</param>
    /// <param name="own">The node's address; null where its key can't be read, which is reported elsewhere.</param>
    /// <returns>Null when something is wrong; the reader has the errors then.</returns>
    internal static AdmissionConfiguration? Read(ConfigurationReader reader, NodeAddress? own)
    {
        var before = reader.ErrorCount;
        var file = reader.RequiredPath("parameters", "the file of the network's signed parameters");
        var revocations = reader.OptionalPath("revocations");
        var admission = reader.OptionalPath("admission");
        var successions = reader.OptionalPath("successions");
        foreach (var name in NetworkSection.Keys.Where(reader.Has))
        {
            _ = reader.Optional(name);
            reader.Report(name, "is in the signed parameters that 'parameters' names; remove it here");
        }

        if (reader.ErrorCount > before || own is not { } address)
        {
            return null;
        }

        if (!TryReadParameters(file, out var parameters, out var error))
        {
            reader.Report("parameters", error!);
            return null;
        }

        RevokedAddresses? list = null;
        // Nobody may be revoked yet; the first list must not need a restart, so its place can be named before.
        var none = revocations is not null && !File.Exists(revocations) && Directory.Exists(Path.GetDirectoryName(revocations));
        if (revocations is not null && !none && !StatementFile.TryRead(revocations, out list, out error))
        {
            reader.Report("revocations", error!);
        }

        AdmissionCertificate? certificate = null;
        if (admission is not null && !TryReadCertificate(admission, parameters!, address, out certificate, out error))
        {
            reader.Report("admission", error!);
        }

        ImmutableArray<Succession> rows = [];
        if (successions is not null && !TryReadSuccessions(successions, parameters!, address, out rows, out error))
        {
            reader.Report("successions", error!);
        }

        return reader.ErrorCount > before ? null : new AdmissionConfiguration
        {
            ParametersFile = file,
            Parameters = parameters!,
            RevocationsFile = revocations,
            Revocations = list,
            CertificateFile = admission,
            Certificate = certificate,
            Successions = rows,
            Own = address,
        };
    }

    /// <summary>Reads which network the signed parameters are of, and nothing else of the section.</summary>
    /// <param name="reader">Section <c>network</c>, which has <c>parameters</c>.</param>
    /// <returns>Null when something is wrong; the reader has the error then.</returns>
    internal static NetworkDefinition? ReadNetwork(ConfigurationReader reader)
    {
        var file = reader.RequiredPath("parameters", "the file of the network's signed parameters");
        if (file.Length == 0)
        {
            return null;
        }

        if (TryReadParameters(file, out var parameters, out var error))
        {
            return parameters!.Network.Definition;
        }

        reader.Report("parameters", error!);
        return null;
    }

    /// <summary>Says of parameters that too few of their own authorities have signed them.</summary>
    internal static string Unsigned(string file, SignedParameters parameters) =>
        $"'{file}' is signed by {parameters.CountSigners(parameters.Authorities)} of its authorities and needs {parameters.Threshold}; have the others sign it (mixmq network sign)";

    internal static bool TryReadCertificate(
        string file, SignedParameters parameters, NodeAddress own, out AdmissionCertificate? certificate, out string? error)
    {
        if (!StatementFile.TryRead(file, out certificate, out error))
        {
            return false;
        }

        error = certificate!.Address != own
            ? $"'{file}' admits another address than this node's, {own}; ask the authorities for one for this address"
            : !certificate.VerifySignatures(parameters.Network.Definition.Id)
                ? $"'{file}' has a signature that doesn't hold in this network; ask the authorities for it again"
                : null;
        return error is null;
    }

    internal static bool TryReadSuccessions(
        string file, SignedParameters parameters, NodeAddress own, out ImmutableArray<Succession> successions, out string? error)
    {
        successions = [];
        if (!StatementFile.TryReadAll(file, out var all, out error))
        {
            return false;
        }

        ImmutableArray<Succession> read = [.. all.OfType<Succession>()];
        var row = Overlay.Map.Successions.Of(read).All(own);
        error = read.Length != all.Length
            ? $"'{file}' holds something else than successor statements"
            : row.Length != read.Length + 1 || row[^1] != own
                ? $"'{file}' doesn't lead, one statement after the other, to this node's address, {own}"
                : !read.All(static succession => succession.IsSignedByKeys)
                    ? $"'{file}' has a statement that the keys which it is about haven't signed"
                    : !read.All(succession => succession.VerifySignatures(parameters.Network.Definition.Id))
                        ? $"'{file}' has a signature that doesn't hold in this network"
                        : null;
        successions = error is null ? read : [];
        return error is null;
    }

    private static bool TryReadParameters(string file, out SignedParameters? parameters, out string? error)
    {
        if (!StatementFile.TryRead(file, out parameters, out error))
        {
            return false;
        }

        error = !parameters!.IsSignedByOwn
            ? Unsigned(file, parameters)
            : !parameters.VerifySignatures(parameters.Network.Definition.Id)
                ? $"'{file}' has a signature that doesn't hold; it was changed after it was signed"
                : null;
        return error is null;
    }
}
