using System.Buffers.Binary;
using System.Net.Sockets;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>A blocking socket that sends and receives whole frames: what a test needs to see a peer's bytes with nothing of ours between.</summary>
internal sealed class RawConnection : IDisposable
{
    private const int LargestFrame = 64 * 1024 * 1024;

    private readonly Socket _socket;

    /// <param name="server">host:port, or several with commas, of which the first is taken.</param>
    public RawConnection(string server)
    {
        string first = server.Split(',')[0];
        int colon = first.LastIndexOf(':');
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000, SendTimeout = 20_000, NoDelay = true };
        _socket.Connect(first[..colon], int.Parse(first[(colon + 1)..]));
    }

    /// <summary>Sends a frame, header and body without its size, and returns the answer without its size.</summary>
    public byte[] Exchange(ReadOnlySpan<byte> request)
    {
        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, request.Length);
        SendAll(size);
        SendAll(request);
        ReceiveAll(size);
        int length = BinaryPrimitives.ReadInt32BigEndian(size);
        Assert.InRange(length, 0, LargestFrame);
        byte[] answer = new byte[length];
        ReceiveAll(answer);
        return answer;
    }

    public void Dispose() => _socket.Dispose();

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    private void ReceiveAll(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = _socket.Receive(bytes);
            Assert.True(count > 0, "the peer closed the connection");
            bytes = bytes[count..];
        }
    }
}
