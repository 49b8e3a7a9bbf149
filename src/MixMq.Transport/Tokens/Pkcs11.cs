using System.Runtime.InteropServices;

namespace MixMq.Transport.Tokens;

/// <summary>
/// pkcs11.h of PKCS#11 2.20 and later, as far as it takes to look for a key; Linux values and layout: CK_ULONG is as wide as a pointer, and nothing is packed.
/// </summary>
internal static unsafe class Pkcs11
{
    internal const nuint Ok = 0;
    internal const nuint PinIncorrect = 0xA0;
    internal const nuint PinInvalid = 0xA1;
    internal const nuint PinLengthRange = 0xA2;
    internal const nuint PinExpired = 0xA3;
    internal const nuint PinLocked = 0xA4;
    internal const nuint UserAlreadyLoggedIn = 0x100;
    internal const nuint UserPinNotInitialized = 0x102;
    internal const nuint AlreadyInitialized = 0x191;

    internal const nuint OsLockingOk = 1 << 1;
    internal const nuint SerialSession = 1 << 2;
    internal const nuint TokenInitialized = 1 << 10;
    internal const nuint UserLogin = 1;
    internal const nuint ClassAttribute = 0;
    internal const nuint LabelAttribute = 3;
    internal const nuint IdAttribute = 0x102;
    internal const nuint PrivateKeyClass = 3;

    /// <summary>CK_FUNCTION_LIST: a version, then all functions in the order of the standard.</summary>
    internal readonly struct Functions(byte* list)
    {
        internal nuint Initialize(InitializeArguments* arguments) => ((delegate* unmanaged[Cdecl]<InitializeArguments*, nuint>)At(0))(arguments);

        internal nuint GetSlotList(byte tokenPresent, nuint* slots, nuint* count) => ((delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)At(4))(tokenPresent, slots, count);

        internal nuint GetTokenInfo(nuint slot, TokenInfo* info) => ((delegate* unmanaged[Cdecl]<nuint, TokenInfo*, nuint>)At(6))(slot, info);

        internal nuint OpenSession(nuint slot, nuint flags, nuint* session) =>
            ((delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint>)At(12))(slot, flags, null, null, session);

        internal nuint CloseSession(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, nuint>)At(13))(session);

        internal nuint Login(nuint session, nuint user, byte* pin, nuint length) => ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)At(18))(session, user, pin, length);

        internal nuint FindObjectsInit(nuint session, Attribute* template, nuint count) => ((delegate* unmanaged[Cdecl]<nuint, Attribute*, nuint, nuint>)At(26))(session, template, count);

        internal nuint FindObjects(nuint session, nuint* objects, nuint most, nuint* count) =>
            ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)At(27))(session, objects, most, count);

        internal nuint FindObjectsFinal(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, nuint>)At(28))(session);

        private void* At(int index) => ((void**)(list + sizeof(nuint)))[index];
    }

    /// <summary>CK_C_INITIALIZE_ARGS.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InitializeArguments
    {
        internal nint CreateMutex;
        internal nint DestroyMutex;
        internal nint LockMutex;
        internal nint UnlockMutex;
        internal nuint Flags;
        internal nint Reserved;
    }

    /// <summary>CK_TOKEN_INFO; texts are padded with blanks.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TokenInfo
    {
        internal fixed byte Label[32];
        internal fixed byte Manufacturer[32];
        internal fixed byte Model[16];
        internal fixed byte Serial[16];
        internal nuint Flags;
        internal fixed ulong Rest[16];
    }

    /// <summary>CK_ATTRIBUTE.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Attribute
    {
        internal nuint Type;
        internal void* Value;
        internal nuint Length;
    }
}
