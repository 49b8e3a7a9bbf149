namespace MixMq.Bench;

/// <summary>What is to be measured can't be, for a reason that the user can do something about.</summary>
internal sealed class BenchException(string message) : Exception(message);
