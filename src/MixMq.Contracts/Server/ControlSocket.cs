using System.Net;
using System.Net.Sockets;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

/// <summary>
/// The Unix domain socket that a node is controlled over, open to its owner alone: it lies in a directory of mode 0700 and has mode
/// 0600 itself. One process at a time has it: a lock file beside it (<c>….lock</c>) is held until this is disposed or the process ends,
/// and stays behind, because removing it would let two in.
/// </summary>
/// <remarks>Not thread-safe; <see cref="Bind"/> is called once, by Kestrel.</remarks>
internal sealed class ControlSocket(string path) : IDisposable
{
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // EWOULDBLOCK of flock(2): another process holds the lock.
    private const int WouldBlock = 11;

    private FileStream? _lock;

    public string Path { get; } = Validate(path);

    /// <summary>
    /// Makes the directory where it is missing, removes a socket that a dead process left, and binds. The socket doesn't listen yet,
    /// so no one can connect before its mode is set.
    /// </summary>
    /// <exception cref="ControlSocketException">The reason, and what to do.</exception>
    public Socket Bind()
    {
        PrepareDirectory(System.IO.Path.GetDirectoryName(Path)!);
        TakeLock();
        try
        {
            RemoveStale();
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint(Path));
                File.SetUnixFileMode(Path, SocketMode);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or UnauthorizedAccessException)
        {
            Dispose();
            throw new ControlSocketException($"The control socket {Path} can't be opened: {failure.Message}", failure);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private static string Validate(string path)
    {
        var full = UnixSocketPath.Normalize(path);
        var reason = UnixSocketPath.Refusal(full);
        return reason is null ? full : throw new ControlSocketException(reason);
    }

    private static void PrepareDirectory(string directory)
    {
        FileStatus status;
        try
        {
            Directory.CreateDirectory(directory, DirectoryMode);
            status = FileStatus.Read(directory, follow: true) ?? throw new IOException($"{directory}: it disappeared");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ControlSocketException($"The control socket's directory can't be made or read: {failure.Message}", failure);
        }

        if (!status.IsDirectory || status.OwnerId != FileStatus.CurrentUserId)
            throw new ControlSocketException($"The control socket's directory {directory} belongs to another user; configure another one.");
        if (!status.IsOwnersAlone)
        {
            throw new ControlSocketException(
                $"The control socket's directory {directory} is open to other users; close it with: chmod 700 '{directory}'");
        }
    }

    private void TakeLock()
    {
        try
        {
            _lock = new FileStream(Path + ".lock", new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = SocketMode,
            });
        }
        catch (IOException failure) when (failure.HResult == WouldBlock)
        {
            throw InUse(failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ControlSocketException($"The lock file {Path}.lock can't be opened: {failure.Message}", failure);
        }
    }

    private void RemoveStale()
    {
        if (FileStatus.Read(Path, follow: false) is not { } status)
            return;
        if (!status.IsSocket)
            throw new ControlSocketException($"{Path} is there and is not a socket; move it away or configure another path.");
        if (Answers())
            throw InUse(null);
        File.Delete(Path);
    }

    /// <summary>Whether something listens. A full backlog (EAGAIN) is an answer too, so the socket must not block.</summary>
    private bool Answers()
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(Path));
            return true;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return true;
        }
    }

    private ControlSocketException InUse(Exception? cause) => new(
        $"Another node runs with the control socket {Path}; stop it first, or configure another path for this one.", cause);
}
