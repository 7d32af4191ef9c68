using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime;

/// <summary>The exceptions of the TCP transport: what failed, with whom, and what to do about it.</summary>
internal static class TcpErrors
{
    public static IOException CannotResolve(string host, int port, Exception? cause) => new(
        $"Cannot connect to {host}:{port}: the host name '{host}' cannot be resolved{Because(cause)}. Check the name and this machine's DNS.", cause);

    /// <param name="tried">The addresses that were tried, for people.</param>
    public static IOException CannotConnect(string host, int port, string tried, SocketError error)
    {
        string why = error switch
        {
            SocketError.ConnectionRefused => "the connection was refused. Nothing listens on that port, or a firewall rejects it",
            SocketError.TimedOut => "there was no answer in time. The host is down, or a firewall drops what is sent to it",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => "there is no route to it. Check the address and this machine's network",
            _ => $"{new SocketException((int)error).Message} ({error})",
        };
        return new IOException($"Cannot connect to {host}:{port} (tried {tried}): {why}.", new SocketException((int)error));
    }

    public static IOException Lost(string remoteName, string doing, SocketError error)
    {
        string why = error switch
        {
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the other end closed or reset it",
            SocketError.TimedOut => "the other end stopped answering",
            _ => $"{new SocketException((int)error).Message} ({error})",
        };
        return new IOException($"The connection to {remoteName} was lost while {doing}: {why}.", new SocketException((int)error));
    }

    public static IOException CannotListen(string host, int port, SocketException cause)
    {
        string why = cause.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => "the address is in use by another program; choose another port, or 0 for a free one",
            SocketError.AddressNotAvailable => "this machine has no such address",
            SocketError.AccessDenied => "permission denied; ports below 1024 need privileges",
            SocketError.HostNotFound => "the host name cannot be resolved",
            _ => cause.Message,
        };
        return new IOException($"Cannot listen on {host}:{port}: {why}.", cause);
    }

    public static IOException CannotAccept(string address, SocketError error) => new(
        $"The listener on {address} stopped: {new SocketException((int)error).Message} ({error}).", new SocketException((int)error));

    private static string Because(Exception? cause) => cause is null ? string.Empty : $" ({cause.Message})";
}
