using System.Net;
using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime;

/// <summary>TCP over the framework's sockets, without Nagle's delay. Thread-safe; holds no state of its own.</summary>
internal sealed class TcpTransport : ITransport
{
    public ITransportConnection Connect(string host, int port, EventLoop loop, ITransportHandler handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        TcpConnection connection = new(loop, handler, $"{host}:{port}");
        new TcpConnector(connection, loop, host, port).Start();
        return connection;
    }

    public ITransportListener Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        Socket? socket = null;
        try
        {
            IPAddress address = AddressToListenOn(host);
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(backlog: 512);
            TcpListener listener = new(host, socket, loop, acceptor);
            listener.Start();
            return listener;
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            throw TcpErrors.CannotListen(host, port, error);
        }
    }

    private static IPAddress AddressToListenOn(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return address;
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        IPAddress[] addresses = Dns.GetHostAddresses(host);
        return addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.HostNotFound);
    }
}
