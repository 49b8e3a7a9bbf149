namespace MixMq.Transport.Tests.Tokens;

/// <summary>The tests that use tokens, which are gone with the last of them.</summary>
[CollectionDefinition(nameof(SoftTokens))]
public sealed class SoftTokens : ICollectionFixture<SoftTokens>, IDisposable
{
    public void Dispose() => SoftToken.DeleteAll();
}
