using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// ChaCha20-Poly1305 and its bare ChaCha20 keystream for keys that are used once, so the nonce is always zero.
/// </summary>
/// <remarks>
/// References: RFC 8439 section 2.8 (AEAD), section 2.4 (ChaCha20; the keystream here starts at block counter 1, where the AEAD's does).
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>key</term><description>32, for one text only</description></item>
/// <item><term>nonce</term><description>12, zero</description></item>
/// <item><term>tag</term><description>16</description></item>
/// </list>
/// One instance belongs to one thread at a time; it reuses two libcrypto contexts and allocates nothing per call. The key of the last call
/// stays in them until the next call, <see cref="Forget"/> or <see cref="Dispose"/>.
/// </remarks>
public sealed class AeadContext : IDisposable
{
    /// <summary>Length of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Length of a tag.</summary>
    public const int TagBytes = 16;

    private const int BlockBytes = 64;
    private const int NonceBytes = 12;
    private readonly CipherContextHandle _aead = New(LibCrypto.ChaCha20Poly1305());
    private readonly CipherContextHandle _stream = New(LibCrypto.ChaCha20());

    /// <summary>Encrypts in place and gives the tag.</summary>
    /// <param name="key">32 bytes, never used for another text.</param>
    /// <param name="associatedData">Authenticated with the text; any length.</param>
    /// <param name="text">Plaintext before, ciphertext after.</param>
    /// <param name="tag">16 bytes, overwritten; outside <paramref name="text"/>.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public unsafe void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> associatedData, Span<byte> text, Span<byte> tag)
    {
        Lengths.Require(key, KeyBytes);
        Lengths.Require(tag, TagBytes);
        Run(key, associatedData, text, encrypt: true);
        Span<byte> none = stackalloc byte[TagBytes];
        int length;
        fixed (byte* t = tag, n = none)
        {
            Check(LibCrypto.CipherFinal(_aead, n, &length));
            Check(LibCrypto.CipherControl(_aead, LibCrypto.AeadGetTag, TagBytes, t));
        }
    }

    /// <summary>Decrypts in place if the tag is right, and otherwise leaves the text as it was, so that another key can be tried.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="associatedData">As it was sealed.</param>
    /// <param name="text">Ciphertext before; plaintext after, on success only.</param>
    /// <param name="tag">16 bytes.</param>
    /// <returns>Whether text and associated data are what was sealed under this key.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public unsafe bool Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> associatedData, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        Lengths.Require(key, KeyBytes);
        Lengths.Require(tag, TagBytes);
        Run(key, associatedData, text, encrypt: false);
        Span<byte> none = stackalloc byte[TagBytes];
        int length;
        fixed (byte* t = tag, n = none)
        {
            Check(LibCrypto.CipherControl(_aead, LibCrypto.AeadSetTag, TagBytes, t));
            if (LibCrypto.CipherFinal(_aead, n, &length) == 1)
            {
                return true;
            }
        }

        // The same keystream again gives the ciphertext back; only a failure pays for it.
        LibCrypto.ClearErrors();
        XorKeystream(key, text);
        return false;
    }

    /// <summary>XORs the keystream of a key into bytes, in place. Into zeros, this gives the keystream itself.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="bytes">Changed in place.</param>
    /// <param name="offset">Where in the keystream to start; 0 is the first byte of block counter 1. At least 0, at most 2^30.</param>
    /// <exception cref="ArgumentException">A length or the offset is wrong.</exception>
    public unsafe void XorKeystream(ReadOnlySpan<byte> key, Span<byte> bytes, int offset = 0)
    {
        Lengths.Require(key, KeyBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, 1 << 30);

        // libcrypto's ChaCha20 takes the 32-bit block counter and the nonce as one 16-byte IV.
        Span<byte> iv = stackalloc byte[sizeof(uint) + NonceBytes];
        iv.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(iv, 1u + (uint)(offset / BlockBytes));
        fixed (byte* k = key, i = iv)
        {
            Check(LibCrypto.CipherInit(_stream, 0, 0, k, i, 1));
        }

        Span<byte> skipped = stackalloc byte[BlockBytes];
        skipped = skipped[..(offset % BlockBytes)];
        ContinueKeystream(skipped);
        CryptographicOperations.ZeroMemory(skipped);
        ContinueKeystream(bytes);
    }

    /// <summary>Goes on with the keystream where the last <see cref="XorKeystream"/> or this method stopped.</summary>
    /// <param name="bytes">Changed in place.</param>
    public unsafe void ContinueKeystream(Span<byte> bytes)
    {
        int length;
        fixed (byte* b = bytes)
        {
            if (!bytes.IsEmpty)
            {
                Check(LibCrypto.CipherUpdate(_stream, b, &length, b, bytes.Length));
            }
        }
    }

    /// <summary>Puts a key of zeros in the place of the last one, which would otherwise outlive its text until the next call.</summary>
    public unsafe void Forget()
    {
        // Key, nonce or counter, and what libcrypto makes of them: all of it lies in the contexts and is written anew.
        Span<byte> zeros = stackalloc byte[KeyBytes];
        zeros.Clear();
        fixed (byte* z = zeros)
        {
            Check(LibCrypto.CipherInit(_aead, 0, 0, z, z, 1));
            Check(LibCrypto.CipherInit(_stream, 0, 0, z, z, 1));
        }
    }

    /// <summary>Frees the contexts and with them the last key.</summary>
    public void Dispose()
    {
        _aead.Dispose();
        _stream.Dispose();
    }

    private static unsafe CipherContextHandle New(nint cipher)
    {
        var context = LibCrypto.NewCipherContext();
        if (context.IsInvalid || LibCrypto.CipherInit(context, cipher, 0, null, null, 1) != 1)
        {
            LibCrypto.ClearErrors();
            context.Dispose();
            throw new CryptographicException("libcrypto has no ChaCha20-Poly1305.");
        }

        return context;
    }

    private unsafe void Run(ReadOnlySpan<byte> key, ReadOnlySpan<byte> associatedData, Span<byte> text, bool encrypt)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        nonce.Clear();
        int length;
        fixed (byte* k = key, n = nonce, a = associatedData, t = text)
        {
            Check(LibCrypto.CipherInit(_aead, 0, 0, k, n, encrypt ? 1 : 0));
            if (!associatedData.IsEmpty)
            {
                Check(LibCrypto.CipherUpdate(_aead, null, &length, a, associatedData.Length));
            }

            if (!text.IsEmpty)
            {
                Check(LibCrypto.CipherUpdate(_aead, t, &length, t, text.Length));
            }
        }
    }

    private static void Check(int result)
    {
        if (result != 1)
        {
            LibCrypto.ClearErrors();
            throw new CryptographicException("libcrypto failed at ChaCha20-Poly1305.");
        }
    }
}
