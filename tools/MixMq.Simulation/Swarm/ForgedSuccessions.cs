using MixMq.Crypto;
using MixMq.Overlay.Map;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Cryptography;

namespace MixMq.Simulation.Swarm;

/// <summary>Statements by which a thief would be an endpoint's successor: each lacks a signature that it needs, or has one that doesn't hold.</summary>
internal sealed class ForgedSuccessions(World world, SwarmNetwork network, NetworkAuthorities authorities, SimRandom random)
{
    public Succession Make()
    {
        var seed = new byte[Ed25519.SeedBytes];
        random.Fill(seed);
        var thief = world.Crypto.CreateIdentity(seed);
        var victim = random.Pick(network.Endpoints);
        var number = 1 + (ulong)random.Below(3);
        var stolen = victim.Identity;
        return random.Below(6) switch
        {
            // One authority alone, with nothing, or with the stolen key.
            0 => authorities.Succeed(stolen.Address, thief.Address, number, 0, isEmergency: true, authorities.Threshold - 1, thief),
            1 => authorities.Succeed(stolen.Address, thief.Address, number, 0, isEmergency: false, authorities.Threshold - 1, stolen, thief),

            // No emergency, and the old key hasn't signed; or the new one hasn't.
            2 => authorities.Succeed(stolen.Address, thief.Address, number, 0, isEmergency: false, authorities.Threshold, thief),
            3 => authorities.Succeed(stolen.Address, thief.Address, number, 0, isEmergency: true, authorities.Threshold),

            // By nobody but the thief, who has the key.
            4 => authorities.Succeed(stolen.Address, thief.Address, number, 0, isEmergency: false, 0, stolen, thief),

            // What another has signed.
            _ => Altered(authorities.Succeed(stolen.Address, thief.Address, number, 0, isEmergency: false, authorities.Threshold, thief), stolen),
        };
    }

    private Succession Altered(Succession statement, SimIdentity stolen)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        random.Fill(signature);
        return (Succession)statement.WithSignature(stolen.Address, signature);
    }
}
