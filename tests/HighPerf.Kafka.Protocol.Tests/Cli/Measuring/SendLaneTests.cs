using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

public sealed class SendLaneTests
{
    [Fact]
    public async Task Fire_sends_every_record_once_with_a_key_of_its_own()
    {
        ScriptedClient.Notes notes = new();
        await Lane(notes, new DeliveryWatch(), SendMode.Fire, 0).RunAsync(1000);
        Assert.Equal(Enumerable.Range(5, 1000).Select(i => (long)i), notes.Keys);
        Assert.Equal(92, notes.ValueSize);
    }

    [Fact]
    public async Task Callbacks_count_what_was_delivered_and_what_failed()
    {
        ScriptedClient.Notes notes = new() { FailEvery = 10 };
        DeliveryWatch watch = new();
        watch.Expect(1000);
        await Lane(notes, watch, SendMode.Completion, 0).RunAsync(1000);
        await watch.WhenAll;
        Assert.Equal(1000, notes.Keys.Count);
        Assert.Equal(100, watch.Failed);
        Assert.Equal("refused", watch.Failure);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task As_many_sends_are_outstanding_as_are_asked_for(int depth)
    {
        ScriptedClient.Notes notes = new() { Depth = depth, Last = 1000 };
        DeliveryWatch watch = new();
        watch.Expect(long.MaxValue);
        await Lane(notes, watch, SendMode.Completion, depth).RunAsync(1000);
        Assert.Equal(Enumerable.Range(5, 1000).Select(i => (long)i), notes.Keys);
        Assert.Equal(Math.Min(depth, 1000), notes.MostOutstanding);
        Assert.Empty(notes.Outstanding);
        Assert.Equal(0, watch.Failed);
        Assert.NotEqual(default, watch.Latency.Figures());
    }

    [Fact]
    public async Task An_awaited_send_that_fails_is_counted_and_the_others_go_on()
    {
        ScriptedClient.Notes notes = new() { FailEvery = 10 };
        DeliveryWatch watch = new();
        watch.Expect(long.MaxValue);
        await Lane(notes, watch, SendMode.Awaited, 1).RunAsync(1000);
        Assert.Equal(1000, notes.Keys.Count);
        Assert.Equal(100, watch.Failed);
    }

    [Theory]
    [InlineData(SendMode.Fire)]
    [InlineData(SendMode.Awaited)]
    [InlineData(SendMode.OpenLoop)]
    internal async Task A_pacer_has_every_record_sent(SendMode mode)
    {
        ScriptedClient.Notes notes = new() { Last = 0 };
        DeliveryWatch watch = new();
        watch.Expect(long.MaxValue);
        await Pacer.RunAsync(1000, 1_000_000, Lane(notes, watch, mode, mode == SendMode.Awaited ? 1 : 0).SendDue, CancellationToken.None);
        Assert.Equal(Enumerable.Range(5, 1000).Select(i => (long)i), notes.Keys);
    }

    [Fact]
    public async Task A_pacer_tells_when_each_record_was_due()
    {
        List<double> due = [];
        await Pacer.RunAsync(
            1000, 100_000, (records, first, interval) => due.AddRange(Enumerable.Range(0, records).Select(i => first + (i * interval))), default);
        double expected = TimeProvider.System.TimestampFrequency / 100_000.0;
        Assert.Equal(1000, due.Count);
        Assert.All(due.Zip(due.Skip(1)), pair => Assert.Equal(expected, pair.Second - pair.First, expected / 100));
    }

    [Fact]
    public async Task A_pacer_ends_with_what_a_send_throws() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Pacer.RunAsync(10, 1000, (_, _, _) => throw new InvalidOperationException(), default));

    private static SendLane<ScriptedClient, int> Lane(ScriptedClient.Notes notes, DeliveryWatch watch, SendMode mode, int outstanding)
    {
        ProduceSettings settings = new()
        {
            BootstrapServers = "",
            Topic = "t",
            Records = 1000,
            WarmUpRecords = 0,
            WarmUpSeconds = 0,
            Size = 100,
            Partitions = 12,
            Acks = "all",
            IsIdempotent = true,
            LingerMilliseconds = 0,
            BatchBytes = 1_000_000,
            BufferBytes = 1 << 26,
            Compression = "none",
            Threads = 1,
            Rate = 0,
            Mode = mode,
            Outstanding = outstanding,
            HasKeys = true,
            IsBound = false,
            HasToken = false,
            IsPacerOnly = false,
            IdleSeconds = 1,
        };
        return new SendLane<ScriptedClient, int>(new ScriptedClient(notes), settings, watch, firstKey: 5);
    }
}
