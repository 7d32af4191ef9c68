namespace HighPerf.Kafka.Runtime.Tests;

public sealed class InMemoryTransportTests : TransportContractTests
{
    private readonly InMemoryTransport _transport = new();

    private protected override ITransport Transport => _transport;

    [Fact]
    public async Task A_sender_is_held_up_at_the_capacity_until_the_reader_reads()
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair(LoopKind.Borrowed);
        Assert.True(await client.Send(new byte[InMemoryTransport.DefaultCapacity]));
        Task<bool> held = client.Send([1]);
        await client.Loop.Do(() => { });
        Assert.False(held.IsCompleted);
        Assert.Single(await server.Receive(max: 1));
        Assert.False(await held);
        await client.Close();
        await server.Close();
        listener.Close();
    }

    [Fact]
    public async Task A_send_to_an_end_that_closed_is_a_fault_with_its_name()
    {
        (TestPeer client, TestPeer server, ITransportListener listener) = await Pair(LoopKind.Borrowed);
        await server.Close();
        Assert.Empty(await client.Receive());
        Assert.False(await client.Loop.Ask(() => client.Connection.Send([new byte[] { 1 }])));
        Assert.Equal("faulted", await client.Handler.Next());
        Assert.Contains($"localhost:{listener.Port}", client.Handler.Error!.Message, StringComparison.Ordinal);
        await client.Close();
        listener.Close();
    }

    private protected override int FreePort() => 9;
}
