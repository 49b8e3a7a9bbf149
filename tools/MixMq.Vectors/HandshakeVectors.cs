using System.Text.Json.Nodes;

namespace MixMq.Vectors;

/// <summary>Handshakes that succeed, from either end, to the first HELLO.</summary>
internal static class HandshakeVectors
{
    public static IEnumerable<Vector> All()
    {
        var alice = new LinkEnd("alice", LinkEnd.Initiator);
        var bob = new LinkEnd("bob", LinkEnd.Acceptor);
        var hello = LinkScript.Cell(LinkScript.Hello, LinkScript.HelloContent(1, 1));
        yield return Established("acceptor", new LinkScript(bob, alice).Shake().ReceiveCell(hello));
        yield return Established("initiator", new LinkScript(alice, bob).Shake());
        yield return Established("padding-after-the-handshake", rule: "LNK-22", script: new LinkScript(bob, alice).Shake().ReceiveCell(LinkScript.Cell(LinkScript.Padding, [])).ReceiveCell(hello));
        yield return Established(
            "highest-version-above-ours",
            rule: "LNK-10",
            script: new LinkScript(bob, alice)
                .Receive(alice.Open(highest: 9)).Send(bob.Open())
                .Receive(alice.Auth(bob, alice.Sign(alice.Signed(bob, initiatorsOpen: alice.Open(highest: 9)))))
                .Send(bob.Auth(alice, bob.Sign(bob.Signed(alice, initiatorsOpen: alice.Open(highest: 9)))))
                .ReceiveCell(hello));
        yield return new LinkScript(bob, alice).Shake().Receive([3])
            .ToVector("good/goodbye", "LNK-18", new JsonObject { ["goodbye"] = true });
        yield return new LinkScript(bob, alice).Shake().Receive([3]).Receive(alice.Open())
            .ToVector("good/goodbye-and-a-control-cell", "LNK-18", new JsonObject { ["goodbye"] = true });
        var choice = LinkScript.HelloContent(1, 1);
        choice.AsSpan(33, 8).Fill(0xff);
        yield return Established("choice-without-the-flag", new LinkScript(bob, alice).Shake().ReceiveCell(LinkScript.Cell(LinkScript.Hello, choice)), "LNK-16");
    }

    private static Vector Established(string name, LinkScript script, string rule = "04, section 4") =>
        script.ToVector($"good/{name}", rule, new JsonObject { ["established"] = true });
}
