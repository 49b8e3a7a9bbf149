namespace MixMq.Transport.Configuration;

/// <summary>Parses the text of one setting. Returns false when it isn't a value of the type.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="text">The text as configured, trimmed.</param>
/// <param name="value">The value when the result is true.</param>
public delegate bool SettingParser<T>(string text, out T value);
