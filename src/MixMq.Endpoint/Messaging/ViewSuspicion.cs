namespace MixMq.Endpoint.Messaging;

/// <summary>What comparing views with correspondents gives reason to think.</summary>
public enum ViewSuspicion
{
    /// <summary>Nothing: no comparison yet, or no lasting difference.</summary>
    None = 0,

    /// <summary>A lasting difference that one side alone might have made up: one correspondent's, or strangers'.</summary>
    Note,

    /// <summary>
    /// Lasting differences with two correspondents or more, among them one that this node itself writes to or lets write by name: this node's
    /// neighbours may be showing it a false view.
    /// </summary>
    Warning,
}
