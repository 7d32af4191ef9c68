namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>One end of a connection under test, with awaitable operations on top of the completion-based ones.</summary>
internal sealed record TestPeer(EventLoop Loop, RecordingHandler Handler, ITransportConnection Connection)
{
    public static async Task<TestPeer> Connect(ITransport transport, EventLoop loop, string host, int port)
    {
        RecordingHandler handler = new(loop);
        ITransportConnection connection = await loop.Ask(() => transport.Connect(host, port, loop, handler));
        return new TestPeer(loop, handler, connection);
    }

    /// <summary>Sends all; returns whether it was done at once.</summary>
    public async Task<bool> Send(params byte[][] pieces)
    {
        List<ArraySegment<byte>> list = [.. pieces.Select(piece => new ArraySegment<byte>(piece))];
        bool atOnce = await Loop.Ask(() => Connection.Send(list));
        if (!atOnce)
        {
            Assert.Equal("sent", await Handler.Next());
        }

        return atOnce;
    }

    /// <summary>Receives up to <paramref name="max"/> bytes once.</summary>
    public async Task<byte[]> Receive(int max = 65536)
    {
        byte[] buffer = new byte[max];
        (bool atOnce, int count) = await Loop.Ask(() => (Connection.Receive(buffer, out int received), received));
        if (!atOnce)
        {
            string what = await Handler.Next();
            Assert.StartsWith("received ", what, StringComparison.Ordinal);
            count = int.Parse(what["received ".Length..]);
        }

        return buffer[..count];
    }

    public async Task<byte[]> ReceiveExactly(int length, int max = 65536)
    {
        List<byte> all = [];
        while (all.Count < length)
        {
            byte[] some = await Receive(Math.Min(max, length - all.Count));
            Assert.NotEmpty(some);
            all.AddRange(some);
        }

        return [.. all];
    }

    public Task BeginReceive(byte[] buffer) => Loop.Do(() => Assert.False(Connection.Receive(buffer, out _), "The receive completed at once."));

    public async Task Close()
    {
        await Loop.Do(Connection.Close);
        Assert.Equal("closed", await Handler.Next());
        await Loop.Do(() => { });
        Assert.False(Handler.HasMore);
    }
}
