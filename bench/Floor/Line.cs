using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace HighPerf.Kafka.Floor;

/// <summary>A blocking connection to the broker on this machine.</summary>
internal sealed class Line : IDisposable
{
    public Line(int port)
    {
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(IPAddress.Loopback, port);
    }

    public Socket Socket { get; }

    /// <summary>Receives one frame into <paramref name="buffer"/>, without its size; returns its length.</summary>
    public int ReceiveFrame(byte[] buffer)
    {
        ReceiveAll(buffer.AsSpan(0, 4));
        int length = BinaryPrimitives.ReadInt32BigEndian(buffer);
        ReceiveAll(buffer.AsSpan(0, length));
        return length;
    }

    public void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[Socket.Send(bytes)..];
        }
    }

    public void Dispose() => Socket.Dispose();

    private void ReceiveAll(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = Socket.Receive(bytes);
            if (count == 0)
            {
                throw new IOException("The broker closed the connection.");
            }

            bytes = bytes[count..];
        }
    }
}
