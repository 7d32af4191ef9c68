namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>What every transport on real threads keeps of its contract.</summary>
public abstract class TransportContractTests
{
    private readonly ProductionEnvironment _environment = new(seed: 1);

    private protected abstract ITransport Transport { get; }

    [Theory]
    [InlineData((int)LoopKind.Borrowed)]
    [InlineData((int)LoopKind.Dedicated)]
    public async Task Bytes_go_both_ways_gathered_and_in_order(int kind)
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair((LoopKind)kind);
        byte[][] pieces = [.. Enumerable.Range(0, 40).Select(i => Pattern(i * 7, i))];
        await client.Send(pieces);
        byte[] expected = [.. pieces.SelectMany(piece => piece)];
        Assert.Equal(expected, await server.ReceiveExactly(expected.Length));
        await server.Send([1, 2, 3]);
        Assert.Equal(new byte[] { 1, 2, 3 }, await client.ReceiveExactly(3));
        await client.Close();
        Assert.Empty(await server.Receive());
        await server.Close();
        listener.Close();
    }

    [Fact]
    public async Task A_send_larger_than_the_socket_takes_completes_when_the_other_end_reads()
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair(LoopKind.Borrowed);
        byte[][] pieces = [.. Enumerable.Range(0, 20).Select(i => Pattern(1 << 20, i))];
        Task<bool> sending = client.Send(pieces);
        byte[] expected = [.. pieces.SelectMany(piece => piece)];
        byte[] got = await server.ReceiveExactly(expected.Length, max: 1 << 20);
        Assert.False(await sending, "20 MB cannot fit into the socket's buffer at once.");
        Assert.True(expected.AsSpan().SequenceEqual(got));
        await client.Close();
        await server.Close();
        listener.Close();
    }

    [Fact]
    public async Task What_was_sent_before_a_close_arrives_even_when_a_receive_is_under_way()
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair(LoopKind.Borrowed);
        await client.BeginReceive(new byte[10]);
        byte[] sent = Pattern(50_000, 3);
        await client.Send(sent);
        await client.Close();
        Assert.Equal(sent, await server.ReceiveExactly(sent.Length));
        Assert.Empty(await server.Receive());
        await server.Close();
        listener.Close();
    }

    [Fact]
    public async Task A_close_with_a_send_and_a_receive_under_way_tells_closed_once_and_nothing_else()
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair(LoopKind.Borrowed);
        await client.BeginReceive(new byte[10]);
        List<ArraySegment<byte>> large = [.. Enumerable.Range(0, 64).Select(_ => new ArraySegment<byte>(new byte[1 << 20]))];
        Assert.False(await client.Loop.Ask(() => client.Connection.Send(large)));
        await client.Close();
        await client.Loop.Do(client.Connection.Close);
        await client.Loop.Do(() => { });
        Assert.False(client.Handler.HasMore);
        await server.Close();
        listener.Close();
    }

    [Fact]
    public async Task A_refused_connection_names_host_port_and_cause()
    {
        int port = FreePort();
        TestPeer client = await TestPeer.Connect(Transport, Loop(), "localhost", port);
        Assert.Equal("faulted", await client.Handler.Next());
        IOException error = Assert.IsType<IOException>(client.Handler.Error);
        Assert.Contains($"localhost:{port}", error.Message, StringComparison.Ordinal);
        await client.Close();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_close_while_connecting_tells_closed_and_nothing_else(string host)
    {
        EventLoop loop = Loop();
        RecordingHandler handler = new(loop);
        int port = FreePort();
        await loop.Do(() => Transport.Connect(host, port, loop, handler).Close());
        Assert.Equal("closed", await handler.Next());
        await loop.Do(() => { });
        Assert.False(handler.HasMore);
    }

    [Fact]
    public async Task Listening_on_a_taken_port_says_so()
    {
        RecordingAcceptor acceptor = new(() => Loop());
        ITransportListener listener = Transport.Listen("127.0.0.1", 0, Loop(), acceptor);
        IOException error = Assert.Throws<IOException>(() => Transport.Listen("127.0.0.1", listener.Port, Loop(), acceptor));
        Assert.Contains($"127.0.0.1:{listener.Port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
        listener.Close();
        listener.Close();
        await Task.Yield();
    }

    [Fact]
    public async Task Accepted_connections_live_on_when_the_listener_closes()
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair(LoopKind.Borrowed);
        listener.Close();
        await server.Send([9]);
        Assert.Equal(new byte[] { 9 }, await client.ReceiveExactly(1));
        await client.Close();
        await server.Close();
    }

    private protected static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new RandomSource((ulong)seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A port on which nobody listens.</summary>
    private protected abstract int FreePort();

    private protected EventLoop Loop(LoopKind kind = LoopKind.Borrowed) => _environment.CreateLoop("test", kind);

    private protected async Task<(TestPeer Client, TestPeer Server, ITransportListener Listener)> Pair(LoopKind kind)
    {
        RecordingAcceptor acceptor = new(() => Loop(kind));
        ITransportListener listener = Transport.Listen("localhost", 0, Loop(), acceptor);
        TestPeer client = await TestPeer.Connect(Transport, Loop(kind), "localhost", listener.Port);
        Assert.Equal("connected", await client.Handler.Next());
        return (client, await acceptor.Next(), listener);
    }
}
