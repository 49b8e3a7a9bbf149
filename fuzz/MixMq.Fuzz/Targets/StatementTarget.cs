using MixMq.Crypto;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// What authorities sign, as a neighbour or a file brings it. Bit 0 of the first byte: its signatures are checked, which is dearer than the
/// parsing. Bit 1: it goes through the names that neighbours tell each other instead; bit 2 with it: those of entries of the map.
/// </summary>
internal sealed class StatementTarget : FuzzTarget
{
    private static readonly NodeAddress[] Authorities = [.. Enumerable.Range(1, 3).Select(seed => SmallNetwork.AddressOfSeed((byte)seed)).Order()];

    public override string Name => "statement";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Admission.AuthorityStatement::TryParse", "MixMq.Overlay.Admission.SignedParameters::", "MixMq.Overlay.Admission.RevokedAddresses::",
        "MixMq.Overlay.Admission.AdmissionCertificate::", "MixMq.Overlay.Map.MapEntry::", "MixMq.Overlay.Map.Succession::", "MixMq.Overlay.Map.MapNames::", "MixMq.Overlay.Admission.SignatureList::", "MixMq.Overlay.Admission.StatementAnnouncement::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("parameters", [0, .. Parameters().Encoded.Span]),
        ("certificate", [0, .. Certificate().Encoded.Span]),
        ("revocations", [0, .. Revocations(3).Encoded.Span]),
        ("signed", [1, .. Sign(Certificate(), 2).Encoded.Span]),
        ("signed-parameters", [1, .. Sign(Parameters(), 3).Encoded.Span]),
        ("signature-of-another", [1, .. Sign(Revocations(1), 1).WithSignature(SmallNetwork.AddressOfSeed(2), new byte[64]).Encoded.Span]),
        ("many-revoked", [0, .. Revocations(200).Encoded.Span]),
        ("nobody-revoked", [0, .. Revocations(0).Encoded.Span]),
        ("announced", [2, 2, 1, 5, 0, 0, 0, 0, 0, 0, 0, .. new byte[32], 2, 1, 0, 0, 0, 0, 0, 0, 0, .. new byte[32]]),
        ("announced-certificate", [2, 1, 3, 5, 0, 0, 0, 0, 0, 0, 0, .. new byte[32]]),
        ("map-entry", [0, .. Entry("CN=Bank Ä+OU=1,O=Sue\\, Grabbit,C=DE", 3).Encoded.Span]),
        ("map-entry-signed", [1, .. Sign(Entry("CN=Bank B", 1), 2).Encoded.Span]),
        ("map-entry-of-no-address", [0, .. Entry("CN=Банк,C=RU", 0).Encoded.Span]),
        ("succession", [1, .. Sign(Succeed(isEmergency: false), 3).Encoded.Span]),
        ("succession-in-an-emergency", [0, .. Succeed(isEmergency: true).Encoded.Span]),
        ("map-names", [6, 1, 0, 0, 0, 1, 2, 0, .. new byte[32], 1, .. new byte[31]]),
        ("map-news", [6, 0, 0, 0, 0, 0, 1, 0, .. new byte[32]]),
        ("too-long", [0, .. new byte[AdmissionLimits.MaxStatementBytes + 1]]),
        ("unknown-kind", [0, 1, 9, 0]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return false;
        }

        return (input[0] & 6) == 6 ? RunNamed(input[1..]) : (input[0] & 2) != 0 ? RunAnnounced(input[1..]) : RunStatement(input[1..], verifies: (input[0] & 1) != 0);
    }

    private static Succession Succeed(bool isEmergency)
    {
        _ = Succession.TryCreate(SmallNetwork.AddressOfSeed(1), SmallNetwork.AddressOfSeed(2), 7, 5, isEmergency, out var succession);
        return succession!;
    }

    private static bool RunStatement(ReadOnlySpan<byte> encoded, bool verifies)
    {
        var error = AuthorityStatement.TryParse(encoded, out var statement);
        InvariantException.Require((error == StatementError.None) == (statement is not null), "A statement that is taken has no error.");
        if (statement is null)
        {
            return false;
        }

        InvariantException.Require(encoded.SequenceEqual(statement.Encoded.Span), "A statement keeps its bytes.");
        InvariantException.Require(statement.SignatureCount <= AdmissionLimits.MaxSignatures, "A statement has no more signatures than its limit.");
        var signers = statement.Signers;
        InvariantException.Require(signers.SequenceEqual(signers.Distinct().Order()), "Each signer stands once, and they ascend.");
        Again(statement);
        return !verifies || statement.VerifySignatures(SmallNetwork.Definition.Id);
    }

    // What is taken is canonical: the same fields, written anew, are the same bytes up to the signatures.
    private static void Again(AuthorityStatement statement)
    {
        AuthorityStatement? again = null;
        switch (statement)
        {
            case SignedParameters parameters:
                _ = SignedParameters.TryCreate(
                    parameters.Network, parameters.Number, parameters.ActivationUnixMillis, parameters.RequiresAdmission, parameters.Threshold, parameters.Authorities, out var made);
                again = made;
                InvariantException.Require(parameters.ObstaclesAfter(parameters.Network).IsEmpty, "Parameters can follow themselves.");
                break;
            case RevokedAddresses list:
                _ = RevokedAddresses.TryCreate(list.Number, list.IssuedUnixMillis, list.Revoked, out var second);
                again = second;
                InvariantException.Require(list.Revoked.All(revoked => list.Revokes(revoked.Address, revoked.UntilUnixMillis - 1) || revoked.UntilUnixMillis == 0), "Who is on a list is revoked by it.");
                break;
            case AdmissionCertificate certificate:
                _ = AdmissionCertificate.TryCreate(certificate.Address, certificate.Institution, certificate.Roles, certificate.NotAfterUnixMillis, out var third);
                again = third;
                InvariantException.Require(statement.Encoded.Length <= AdmissionLimits.MaxCertificateBytes, "A certificate is no longer than its limit.");
                break;
            case MapEntry entry:
                _ = MapEntry.TryCreate(entry.Name, entry.Addresses, entry.Number, entry.NotAfterUnixMillis, out var fourth);
                again = fourth;
                InvariantException.Require(statement.Encoded.Length <= MapLimits.MaxEntryBytes, "An entry is no longer than its limit.");
                break;
            case Succession succession:
                _ = Succession.TryCreate(succession.Old, succession.New, succession.Number, succession.NotBeforeUnixMillis, succession.IsEmergency, out var fifth);
                again = fifth;
                InvariantException.Require(statement.Encoded.Length <= MapLimits.MaxSuccessionBytes, "A succession is no longer than its limit.");
                break;
            default:
                break;
        }

        var id = SmallNetwork.Definition.Id;
        InvariantException.Require(again is not null && again.SignedMessage(id).AsSpan().SequenceEqual(statement.SignedMessage(id)), "A statement that is taken is canonical.");
    }

    private static bool RunAnnounced(ReadOnlySpan<byte> body)
    {
        if (!StatementAnnouncement.TryReadAll(body, out var all))
        {
            return false;
        }

        var again = new byte[1 + (all.Length * AdmissionLimits.AnnouncementBytes)];
        again[0] = (byte)all.Length;
        for (var i = 0; i < all.Length; i++)
        {
            all[i].Write(again.AsSpan(1 + (i * AdmissionLimits.AnnouncementBytes), AdmissionLimits.AnnouncementBytes));
        }

        InvariantException.Require(body.SequenceEqual(again), "Names that are taken are canonical.");
        return true;
    }

    private static bool RunNamed(ReadOnlySpan<byte> body)
    {
        if (!MapNames.TryRead(body, out var names))
        {
            return false;
        }

        InvariantException.Require(names.Hashes.Length <= MapLimits.MaxNamed && names.Hashes.Distinct().Count() == names.Hashes.Length, "Named entries are bounded, and each stands once.");
        InvariantException.Require(names.Id != 0 || (!names.More && names.Hashes.Length > 0), "News is neither empty nor part of a row.");
        InvariantException.Require(7 + (names.Hashes.Length * RecordHash.Bytes) == body.Length, "Named entries are all there is.");
        return true;
    }

    private static MapEntry Entry(string name, int addresses)
    {
        _ = LegalName.TryParse(name, out var legal);
        _ = MapEntry.TryCreate(legal!, Enumerable.Range(2, addresses).Select(i => SmallNetwork.Address((byte)i)), 5, VirtualTime.StartUnixMillis + 1, out var entry);
        return entry!;
    }

    private static SignedParameters Parameters()
    {
        _ = SignedParameters.TryCreate(SmallNetwork.Parameters, 2, VirtualTime.StartUnixMillis, requiresAdmission: true, 2, Authorities, out var parameters);
        return parameters!;
    }

    private static AdmissionCertificate Certificate()
    {
        _ = AdmissionCertificate.TryCreate(SmallNetwork.AddressOfSeed(9), "Bank Ä", AdmissionRoles.Relay, VirtualTime.StartUnixMillis + 1, out var certificate);
        return certificate!;
    }

    private static RevokedAddresses Revocations(int count)
    {
        _ = RevokedAddresses.TryCreate(
            3, VirtualTime.StartUnixMillis, Enumerable.Range(2, count).Select(i => new RevokedAddress(SmallNetwork.Address((byte)i), VirtualTime.StartUnixMillis + i)), out var list);
        return list!;
    }

    private static AuthorityStatement Sign(AuthorityStatement statement, int signers)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        for (var i = 1; i <= signers; i++)
        {
            Ed25519.Sign(SmallNetwork.Seed((byte)i), statement.SignedMessage(SmallNetwork.Definition.Id), signature);
            statement = statement.WithSignature(SmallNetwork.AddressOfSeed((byte)i), signature);
        }

        return statement;
    }
}
