using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Transport.Configuration;
using MixMq.Transport.Files;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Admission;

/// <summary>The operator's files of what the authorities signed: given to the core at the start and whenever they change.</summary>
internal sealed class AdmissionFiles
{
    private readonly SchedulerInbox _inbox;
    private readonly AdmissionConfiguration _configuration;

    internal AdmissionFiles(AdmissionConfiguration configuration, SchedulerInbox inbox)
    {
        _configuration = configuration;
        _inbox = inbox;
        Reloadables =
        [
            new Reloadable("The network parameters", [configuration.ParametersFile], TakeParameters) { IsJudgedLater = true },
            .. configuration.RevocationsFile is { } list ? (Reloadable[])[new Reloadable("The revocation list", [list], () => TakeList(list)) { IsJudgedLater = true }] : [],
            .. configuration.CertificateFile is { } file ? (Reloadable[])[new Reloadable("The admission certificate", [file], () => TakeCertificate(file)) { IsJudgedLater = true }] : [],
        ];
    }

    /// <summary>What is given anew when it changes.</summary>
    internal ImmutableArray<Reloadable> Reloadables { get; }

    /// <summary>Gives what the core doesn't start from: it verifies it as if a neighbour had sent it.</summary>
    internal void Begin()
    {
        if (_configuration.Revocations is { } list)
        {
            _inbox.Post(new CoreAnswer.StatementGiven(list));
        }

        foreach (var succession in _configuration.Successions)
        {
            _inbox.Post(new CoreAnswer.StatementGiven(succession));
        }
    }

    private string? TakeParameters()
    {
        if (!StatementFile.TryRead<SignedParameters>(_configuration.ParametersFile, out var parameters, out var error))
        {
            return error;
        }

        // Nobody takes such parameters, and they may be on their way to the next authority: the core drops them without a word.
        if (!parameters!.IsSignedByOwn)
        {
            return AdmissionConfiguration.Unsigned(_configuration.ParametersFile, parameters);
        }

        return parameters.ObstaclesAfter(_configuration.Parameters.Network) is { IsEmpty: false } obstacles ? string.Join(' ', obstacles) : Post(parameters);
    }

    private string? TakeList(string file) => StatementFile.TryRead<RevokedAddresses>(file, out var list, out var error) ? Post(list!) : error;

    private string? TakeCertificate(string file) =>
        AdmissionConfiguration.TryReadCertificate(file, _configuration.Parameters, _configuration.Own, out var certificate, out var error)
            ? Post(certificate!) : error;

    private string? Post(AuthorityStatement statement)
    {
        _ = _inbox.Post(new CoreAnswer.StatementGiven(statement));
        return null;
    }
}
