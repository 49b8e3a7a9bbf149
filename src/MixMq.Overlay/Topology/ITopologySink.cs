using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Where a <see cref="TopologyCore"/> puts its output. Called during a call into the core; an implementation takes note and returns,
/// and never calls back into the core.
/// </summary>
public interface ITopologySink
{
    /// <summary>Sends the content of one topology cell, in order, to a neighbour whose link is up.</summary>
    /// <param name="neighbour">A neighbour of whom the core was told that its link is up.</param>
    /// <param name="cellContent">1 to <see cref="TopologyOptions.MaxCellContent"/> bytes; valid during the call only.</param>
    void SendTopology(NodeAddress neighbour, ReadOnlySpan<byte> cellContent);

    /// <summary>A fresh id for a signature or verification; one id space for all that shares the crypto workers.</summary>
    /// <returns>An id never given before.</returns>
    RequestId NextRequestId();

    /// <summary>Asks for a signature by the node's own identity; answered by <c>HandleSigned</c>.</summary>
    /// <param name="id">The id to answer with.</param>
    /// <param name="message">What to sign; valid during the call only.</param>
    void RequestSign(RequestId id, ReadOnlySpan<byte> message);

    /// <summary>Asks for <see cref="LinkStateRecord.Verify"/>, off the core's thread; answered by <c>HandleVerified</c>.</summary>
    /// <param name="id">The id to answer with.</param>
    /// <param name="record">The record, which may be kept.</param>
    /// <param name="signedMessage">What its signature is over; valid during the call only.</param>
    void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage);

    /// <summary>Asks whether a signature holds, off the core's thread; answered by <c>HandleVerified</c>.</summary>
    /// <param name="id">The id to answer with.</param>
    /// <param name="signer">Whose it should be; may be any 32 bytes, in which case the answer is false.</param>
    /// <param name="message">What was signed; valid during the call only.</param>
    /// <param name="signature">64 bytes; valid during the call only.</param>
    void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>Stores what the authorities have said, in place of what was stored before; nothing waits for it.</summary>
    /// <param name="statements">All that the node holds, to be given back as <see cref="AdmissionOptions.Stored"/>.</param>
    void PersistStatements(ImmutableArray<AuthorityStatement> statements);

    /// <summary>A node doesn't belong to the network, or not any more: a link with it should be closed.</summary>
    /// <param name="neighbour">Whose link; there may be none.</param>
    void AdmissionEnded(NodeAddress neighbour);

    /// <summary>Stores the node's own sequence durably; answered by <c>HandleSequencePersisted</c>.</summary>
    /// <param name="sequence">Greater than every sequence asked to be stored before.</param>
    void PersistSequence(ulong sequence);

    /// <summary>The view has changed: who needs it asks <see cref="TopologyCore.View"/> once the call into the core is over.</summary>
    void TopologyChanged();

    /// <summary>
    /// A neighbour handed on a record that can't be believed: a signature doesn't hold, or a key is no point of the curve. An honest node verifies before it announces, so the link should be
    /// closed. Comes when the verification is answered; what is seen at once is returned by <c>HandleMessage</c>.
    /// </summary>
    /// <param name="neighbour">Who sent the record.</param>
    /// <param name="fault">What was wrong.</param>
    void NeighbourFault(NodeAddress neighbour, TopologyFault fault);
}
