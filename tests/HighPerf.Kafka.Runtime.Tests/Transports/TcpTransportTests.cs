using System.Net;
using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime.Tests;

public sealed class TcpTransportTests : TransportContractTests
{
    private readonly TcpTransport _transport = new();

    private protected override ITransport Transport => _transport;

    [Fact]
    public async Task A_reset_by_the_other_end_is_told_once_with_its_name_and_closing_still_works()
    {
        using Socket acceptor = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        acceptor.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        acceptor.Listen();
        int port = ((IPEndPoint)acceptor.LocalEndPoint!).Port;
        TestPeer client = await TestPeer.Connect(_transport, Loop(), "127.0.0.1", port);
        Socket peer = await acceptor.AcceptAsync();
        Assert.Equal("connected", await client.Handler.Next());
        await client.BeginReceive(new byte[10]);
        peer.LingerState = new LingerOption(true, 0);
        peer.Dispose();
        Assert.Equal("faulted", await client.Handler.Next());
        IOException error = Assert.IsType<IOException>(client.Handler.Error);
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.False(await client.Loop.Ask(() => client.Connection.Send([new byte[] { 1 }])));
        await client.Close();
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_told_with_the_name()
    {
        TestPeer client = await TestPeer.Connect(_transport, Loop(), "no-such-host.invalid", 9092);
        Assert.Equal("faulted", await client.Handler.Next());
        IOException error = Assert.IsType<IOException>(client.Handler.Error);
        Assert.Contains("no-such-host.invalid:9092", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be resolved", error.Message, StringComparison.Ordinal);
        await client.Close();
    }

    [Fact]
    public async Task A_refused_connection_says_so_with_every_address_that_was_tried()
    {
        TestPeer client = await TestPeer.Connect(_transport, Loop(), "localhost", FreePort());
        Assert.Equal("faulted", await client.Handler.Next());
        Assert.Contains("refused", client.Handler.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", client.Handler.Error.Message, StringComparison.Ordinal);
        await client.Close();
    }

    private protected override int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
