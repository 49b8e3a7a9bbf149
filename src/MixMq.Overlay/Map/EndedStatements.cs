namespace MixMq.Overlay.Map;

/// <summary>
/// The last statement of each thing whose last one has ended: none of a lower number is to come back, though it would end later, from a neighbour that was away. At most
/// <see cref="MapLimits.MaxNames"/>; beyond, what ended first is forgotten.
/// </summary>
internal sealed class EndedStatements
{
    private readonly Dictionary<object, MapStatement> _bySubject = [];
    private readonly Queue<MapStatement> _inOrder = new();

    public IEnumerable<MapStatement> All => _inOrder.Where(statement => ReferenceEquals(_bySubject.GetValueOrDefault(statement.Subject), statement));

    /// <summary>0: none has ended.</summary>
    public ulong NumberOf(object subject) => _bySubject.TryGetValue(subject, out var ended) ? ended.Number : 0;

    public void Add(MapStatement statement)
    {
        if (NumberOf(statement.Subject) >= statement.Number)
        {
            return;
        }

        _bySubject[statement.Subject] = statement;
        _inOrder.Enqueue(statement);
        while (_inOrder.Count > MapLimits.MaxNames)
        {
            var oldest = _inOrder.Dequeue();
            if (ReferenceEquals(_bySubject.GetValueOrDefault(oldest.Subject), oldest))
            {
                _ = _bySubject.Remove(oldest.Subject);
            }
        }
    }

    public void Remove(object subject) => _bySubject.Remove(subject);
}
