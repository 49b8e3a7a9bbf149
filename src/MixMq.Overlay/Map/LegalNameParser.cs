using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace MixMq.Overlay.Map;

/// <summary>
/// Reads the text form of RFC 4514, section 3:
/// <code>
/// name  = level *( "," level )     level = attribute *( "+" attribute )     attribute = type "=" value
/// value = string with escapes, or "#" and the hexadecimal encoding of a DER string
/// </code>
/// Spaces around separators are passed over, which its forerunners allowed. Nothing is kept of a text that is refused.
/// </summary>
internal ref struct LegalNameParser(ReadOnlySpan<char> text)
{
    private const string Escapable = " \"#+,;<=>\\";

    private readonly ReadOnlySpan<char> _text = text;
    private int _at = 0;

    public LegalNameError Read(out ImmutableArray<ImmutableArray<(string Type, string Value)>> levels)
    {
        levels = [];
        if (_text.Trim(' ').IsEmpty)
        {
            return LegalNameError.Empty;
        }

        var all = ImmutableArray.CreateBuilder<ImmutableArray<(string Type, string Value)>>();
        var level = new List<(string Type, string Value)>();
        for (var count = 1; ; count++)
        {
            if (count > MapLimits.MaxNameAttributes)
            {
                return LegalNameError.TooLong;
            }

            var error = ReadAttribute(level);
            if (error != LegalNameError.None)
            {
                return error;
            }

            var isLast = _at == _text.Length;
            if (isLast || _text[_at] == ',')
            {
                level.Sort(LegalName.CompareAttributes);
                all.Add([.. level]);
                level.Clear();
            }

            if (isLast)
            {
                levels = all.ToImmutable();
                return LegalNameError.None;
            }

            _at++;
        }
    }

    // Up to the next separator, or the end.
    private LegalNameError ReadAttribute(List<(string Type, string Value)> level)
    {
        var equals = _text[_at..].IndexOf('=');
        if (equals < 0)
        {
            return LegalNameError.Malformed;
        }

        var type = _text.Slice(_at, equals).Trim(' ');
        if (type.IsEmpty || type.IndexOfAny(',', '+') >= 0)
        {
            return LegalNameError.Malformed;
        }

        if (LegalNameAttributes.Find(type) is not { } keyword)
        {
            return LegalNameError.UnknownAttribute;
        }

        if (level.Exists(attribute => attribute.Type == keyword))
        {
            return LegalNameError.RepeatedAttribute;
        }

        _at += equals + 1;
        SkipSpaces();
        var error = _at < _text.Length && _text[_at] == '#' ? ReadHexValue(out var bytes) : ReadValue(out bytes);
        if (error == LegalNameError.None && (error = Prepare(bytes, out var value)) == LegalNameError.None)
        {
            level.Add((keyword, value));
        }

        return error;
    }

    private LegalNameError ReadValue(out byte[] value)
    {
        value = [];
        var bytes = new ArrayBufferWriter<byte>();
        while (_at < _text.Length && _text[_at] is not (',' or '+'))
        {
            var character = _text[_at];
            if (character == '\\')
            {
                if (!TryEscape(bytes))
                {
                    return LegalNameError.InvalidEscape;
                }
            }
            else if (character is '"' or ';' or '<' or '>')
            {
                return LegalNameError.InvalidEscape;
            }
            else
            {
                if (Rune.DecodeFromUtf16(_text[_at..], out var rune, out var length) != OperationStatus.Done)
                {
                    return LegalNameError.InvalidCharacter;
                }

                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
                _at += length;
            }
        }

        value = bytes.WrittenSpan.ToArray();
        return LegalNameError.None;
    }

    private bool TryEscape(ArrayBufferWriter<byte> bytes)
    {
        var rest = _text[(_at + 1)..];
        if (!rest.IsEmpty && Escapable.Contains(rest[0], StringComparison.Ordinal))
        {
            bytes.Write([(byte)rest[0]]);
            _at += 2;
            return true;
        }

        Span<byte> one = stackalloc byte[1];
        if (rest.Length < 2 || Convert.FromHexString(rest[..2], one, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        bytes.Write(one);
        _at += 3;
        return true;
    }

    // A string of one of the kinds that UTF-8 can be read from, with a length that ends the value.
    private LegalNameError ReadHexValue(out byte[] value)
    {
        value = [];
        var rest = _text[(_at + 1)..];
        var end = rest.IndexOfAny(',', '+');
        var hex = (end < 0 ? rest : rest[..end]).TrimEnd(' ');
        var encoded = new byte[hex.Length / 2];
        if (hex.Length % 2 != 0 || Convert.FromHexString(hex, encoded, out _, out _) != OperationStatus.Done)
        {
            return LegalNameError.InvalidHexValue;
        }

        const byte Utf8String = 12, PrintableString = 19, Ia5String = 22, LongLength = 0x81;
        var head = encoded is [_, LongLength, >= 0x80, ..] ? 3 : 2;
        if (encoded.Length < head || encoded[0] is not (Utf8String or PrintableString or Ia5String) || encoded[head - 1] != encoded.Length - head
            || (head == 2 && encoded[1] >= 0x80))
        {
            return LegalNameError.InvalidHexValue;
        }

        _at = end < 0 ? _text.Length : _at + 1 + end;
        value = encoded[head..];
        return LegalNameError.None;
    }

    // RFC 4518, section 2.6.1: spaces at the ends don't count, and several count as one.
    private static LegalNameError Prepare(ReadOnlySpan<byte> bytes, out string value)
    {
        value = "";
        var text = new StringBuilder(bytes.Length);
        var isSpaced = false;
        var before = new List<int>();
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) != OperationStatus.Done || !NameCharacters.IsAllowed(rune, before))
            {
                return LegalNameError.InvalidCharacter;
            }

            bytes = bytes[length..];
            if (!NameCharacters.IsMark(rune))
            {
                before.Clear();
            }

            before.Add(rune.Value);
            if (rune.Value == ' ')
            {
                isSpaced = text.Length > 0;
                continue;
            }

            text.Append(isSpaced ? " " : "").Append(rune);
            isSpaced = false;
        }

        value = text.ToString();
        return value.Length == 0 ? LegalNameError.Malformed : LegalNameError.None;
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }
    }
}
