using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Tokens;

/// <summary>
/// A PKCS#11 module of this process. Before OpenSSL's engine uses a key it is looked for here: the engine itself says the same of every fault, and tries a wrong PIN
/// twice, of which a token takes only a few. Thread-safe.
/// </summary>
internal sealed unsafe class TokenModule
{
    private const int MostSlots = 256;
    private static readonly Lock Loading = new();
    private static TokenModule? _loaded;

    private readonly string _path;
    private readonly Pkcs11.Functions _functions;

    private TokenModule(string path, Pkcs11.Functions functions) => (_path, _functions) = (path, functions);

    /// <summary>The module, loaded for as long as the process lives.</summary>
    /// <exception cref="KeyFileException">It can't be loaded, or another one is.</exception>
    internal static TokenModule Load(string path)
    {
        lock (Loading)
        {
            if (_loaded is { } loaded)
            {
                // The engine has one module in its life.
                return loaded._path == path ? loaded : throw new KeyFileException($"the PKCS#11 module '{loaded._path}' is in use; another one ('{path}') takes a restart") { Code = "other-module" };
            }

            if (!NativeLibrary.TryLoad(path, out var library) || !NativeLibrary.TryGetExport(library, "C_GetFunctionList", out var getList))
            {
                throw new KeyFileException($"'{path}' can't be loaded as a PKCS#11 module; check that it is there, is one, and that its folder is open to this program") { Code = "no-module" };
            }

            byte* list = null;
            var code = ((delegate* unmanaged[Cdecl]<byte**, nuint>)getList)(&list);
            var functions = new Pkcs11.Functions(list);
            var arguments = new Pkcs11.InitializeArguments { Flags = Pkcs11.OsLockingOk };
            code = code == Pkcs11.Ok && list is not null ? functions.Initialize(&arguments) : code;
            if (list is null || code is not (Pkcs11.Ok or Pkcs11.AlreadyInitialized))
            {
                throw new KeyFileException($"the PKCS#11 module '{path}' doesn't start ({Code(code)}); check its own configuration and that this program may read it") { Code = "no-start" };
            }

            return _loaded = new TokenModule(path, functions);
        }
    }

    /// <summary>Finds that the key is there, and one alone, and that the PIN opens the token.</summary>
    /// <param name="uri">Which key.</param>
    /// <param name="pin">The PIN, without an end mark.</param>
    /// <exception cref="KeyFileException">It isn't so; the message says what is.</exception>
    internal void Check(TokenUri uri, ReadOnlySpan<byte> pin)
    {
        var slot = FindSlot(uri);
        nuint session;
        Require(_functions.OpenSession(slot, Pkcs11.SerialSession, &session), $"the token '{uri.Token}' can't be used; check that it is still there");
        try
        {
            LogIn(uri, session, pin);
            var count = CountKeys(uri, session);
            if (count != 1)
            {
                throw new KeyFileException(
                    count == 0
                        ? $"the token '{uri.Token}' has no private key '{uri.Key}'; list what it has with: pkcs11-tool --module {_path} --login --list-objects"
                        : $"the token '{uri.Token}' has several private keys '{uri.Key}'; add id=%… to say which") { Code = count == 0 ? "no-key" : "several-keys" };
            }
        }
        finally
        {
            _ = _functions.CloseSession(session);
        }
    }

    private nuint FindSlot(TokenUri uri)
    {
        var slots = stackalloc nuint[MostSlots];
        nuint count = MostSlots;

        // Asked without room for an answer first: that is when modules look for tokens that came or went.
        nuint there;
        _ = _functions.GetSlotList(1, null, &there);
        Require(_functions.GetSlotList(1, slots, &count), $"the PKCS#11 module '{_path}' doesn't list its tokens");
        var found = new List<nuint>();
        var others = new List<string>();
        for (var i = 0; i < (int)count; i++)
        {
            Pkcs11.TokenInfo info;
            if (_functions.GetTokenInfo(slots[i], &info) != Pkcs11.Ok || (info.Flags & Pkcs11.TokenInitialized) == 0)
            {
                continue;
            }

            if (Is(uri, "token", new(info.Label, 32)) && Is(uri, "manufacturer", new(info.Manufacturer, 32)) && Is(uri, "model", new(info.Model, 16)) && Is(uri, "serial", new(info.Serial, 16)))
            {
                found.Add(slots[i]);
            }

            others.Add($"'{Encoding.UTF8.GetString(Trimmed(new(info.Label, 32)))}'");
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw new KeyFileException($"there is no token '{uri.Token}' at '{_path}'; there {(others.Count == 0 ? "is none" : $"is {string.Join(", ", others)}")}") { Code = "no-token" },
            _ => throw new KeyFileException($"there are several tokens '{uri.Token}' at '{_path}'; add serial=… to say which") { Code = "several-tokens" },
        };
    }

    private void LogIn(TokenUri uri, nuint session, ReadOnlySpan<byte> pin)
    {
        fixed (byte* p = pin)
        {
            switch (_functions.Login(session, Pkcs11.UserLogin, p, (nuint)pin.Length))
            {
                // Sessions of one program log in together: who is logged in already needs no PIN.
                case Pkcs11.Ok or Pkcs11.UserAlreadyLoggedIn:
                    return;
                case Pkcs11.PinIncorrect or Pkcs11.PinInvalid or Pkcs11.PinLengthRange:
                    throw new KeyFileException($"the first line of '{uri.PinFile}' is not the PIN of the token '{uri.Token}'; correct it before trying again, for a token locks itself after some wrong ones") { Code = "wrong-pin" };
                case Pkcs11.PinLocked:
                    throw new KeyFileException($"the token '{uri.Token}' is locked after too many wrong PINs; its security officer unlocks it") { Code = "locked" };
                case Pkcs11.PinExpired or Pkcs11.UserPinNotInitialized:
                    throw new KeyFileException($"the token '{uri.Token}' has no PIN that is in force; set one") { Code = "no-pin-set" };
                case var code:
                    throw new KeyFileException($"the token '{uri.Token}' doesn't log in ({Code(code)})") { Code = "login" };
            }
        }
    }

    private int CountKeys(TokenUri uri, nuint session)
    {
        var privateKey = Pkcs11.PrivateKeyClass;
        fixed (byte* label = uri.Attributes.GetValueOrDefault("object", []), id = uri.Attributes.GetValueOrDefault("id", []))
        {
            var template = stackalloc Pkcs11.Attribute[3];
            var count = 1;
            template[0] = new() { Type = Pkcs11.ClassAttribute, Value = &privateKey, Length = (nuint)sizeof(nuint) };
            if (label is not null)
            {
                template[count++] = new() { Type = Pkcs11.LabelAttribute, Value = label, Length = (nuint)uri.Attributes["object"].Length };
            }

            if (id is not null)
            {
                template[count++] = new() { Type = Pkcs11.IdAttribute, Value = id, Length = (nuint)uri.Attributes["id"].Length };
            }

            nuint found = 0;
            var objects = stackalloc nuint[2];
            var code = _functions.FindObjectsInit(session, template, (nuint)count);
            code = code == Pkcs11.Ok ? _functions.FindObjects(session, objects, 2, &found) : code;
            _ = _functions.FindObjectsFinal(session);
            Require(code, $"the token '{uri.Token}' can't be searched");
            return (int)found;
        }
    }

    private static bool Is(TokenUri uri, string name, ReadOnlySpan<byte> padded) => !uri.Attributes.TryGetValue(name, out var wanted) || Trimmed(padded).SequenceEqual(wanted);

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> padded) => padded.TrimEnd(" \0"u8);

    private static void Require(nuint code, string problem)
    {
        if (code != Pkcs11.Ok)
        {
            throw new KeyFileException($"{problem} ({Code(code)})") { Code = "refuses" };
        }
    }

    private static string Code(nuint code) => string.Create(CultureInfo.InvariantCulture, $"PKCS#11 code 0x{code:x}");
}
