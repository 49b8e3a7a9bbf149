namespace MixMq.Contracts.Server;

/// <summary>The control socket can't be opened here. The message tells the operator what to do.</summary>
public sealed class ControlSocketException(string message, Exception? innerException = null) : Exception(message, innerException);
