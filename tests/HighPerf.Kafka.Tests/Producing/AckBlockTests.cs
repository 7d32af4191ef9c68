using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class AckBlockTests
{
    private static readonly BatchResult There = new(100, -1, null);

    private readonly Simulation _simulation = new(1);
    private readonly ProducerEngine _engine;
    private readonly PartitionQueue _queue;
    private AckBlock _block;

    public AckBlockTests()
    {
        _engine = _simulation.CreateClient().CreateProducer<string, string>().Engine;
        _queue = new PartitionQueue(_engine, _engine.GetTopic("t"), 3);
        _block = _engine.TakeAckBlock(_queue);
    }

    [Fact]
    public async Task Each_slot_has_its_own_record()
    {
        ValueTask<RecordMetadata> first = Add(index: 0, timestamp: 7);
        ValueTask<RecordMetadata> second = Add(index: 5, timestamp: 8);
        Assert.False(first.IsCompleted);
        _block.Tell(0, 2, 0, There);
        Assert.Equal(new RecordMetadata("t", 3, 105, 8), await second);
        Assert.Equal(new RecordMetadata("t", 3, 100, 7), await first);
    }

    [Fact]
    public async Task A_part_of_a_batch_counts_from_its_own_first_record()
    {
        ValueTask<RecordMetadata> first = Add(index: 0, timestamp: 7);
        ValueTask<RecordMetadata> second = Add(index: 5, timestamp: 8);
        _block.Tell(1, 1, 5, new BatchResult(40, 99, null));
        Assert.Equal(new RecordMetadata("t", 3, 40, 99), await second);
        Assert.False(first.IsCompleted);
        _block.Tell(0, 1, 0, There with { BaseOffset = -1 });
        Assert.Equal(-1, (await first).Offset);
    }

    [Fact]
    public async Task A_block_is_used_again_only_when_all_is_told_and_read()
    {
        ValueTask<RecordMetadata> first = Add(0, 1);
        ValueTask<RecordMetadata> second = Add(1, 1);
        _block.Tell(0, 2, 0, There);
        await first;
        Assert.NotSame(_block, _engine.TakeAckBlock(_queue));
        await second;
        Assert.Same(_block, _engine.TakeAckBlock(_queue));
    }

    [Fact]
    public async Task A_result_that_was_read_is_not_read_again_in_this_use_or_the_next()
    {
        ValueTask<RecordMetadata> task = Add(0, 1);
        ValueTask<RecordMetadata> other = Add(1, 1);
        _block.Tell(0, 2, 0, There);
        await task;
        Assert.Throws<InvalidOperationException>(() => task.Result);
        await other;
        Assert.Same(_block, _engine.TakeAckBlock(_queue));
        ValueTask<RecordMetadata> next = Add(0, 1);
        Assert.Throws<InvalidOperationException>(() => task.Result);
        Assert.Throws<InvalidOperationException>(() => _ = task.IsCompleted);
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_wait_ends_on_the_executor_and_the_acknowledgement_comes_too_late()
    {
        using CancellationTokenSource cancellation = new();
        ValueTask<RecordMetadata> cancelled = Add(0, 1, cancellation.Token);
        ValueTask<RecordMetadata> told = Add(1, 1, cancellation.Token);
        _block.Tell(1, 1, 0, There);
        cancellation.Cancel();
        Assert.False(cancelled.IsCompleted);
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(cancelled.IsCanceled);
        _block.Tell(0, 1, 0, There);
        Assert.Equal(cancellation.Token, (await Assert.ThrowsAsync<OperationCanceledException>(cancelled.AsTask)).CancellationToken);
        Assert.Equal(101, (await told).Offset);
        Assert.Same(_block, _engine.TakeAckBlock(_queue));
    }

    [Fact]
    public void A_token_that_fired_before_ends_the_wait_too()
    {
        ValueTask<RecordMetadata> task = Add(0, 1, new CancellationToken(canceled: true));
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(task.IsCanceled);
    }

    [Fact]
    public async Task A_callback_of_an_earlier_use_does_not_cancel_a_later_one()
    {
        ValueTask<RecordMetadata> first = Add(0, 1);
        _block.Tell(0, 1, 0, There);
        await first;
        int earlier = 1;
        Assert.Same(_block, _engine.TakeAckBlock(_queue));
        using CancellationTokenSource cancellation = new();
        ValueTask<RecordMetadata> second = Add(0, 1, cancellation.Token);
        Assert.False(_block.TryClaim(0, earlier));
        _block.Tell(0, 1, 0, There);
        Assert.Equal(100, (await second).Offset);
    }

    [Fact]
    public async Task Every_waiter_of_a_batch_gets_the_error_with_a_stack_of_its_own()
    {
        ValueTask<RecordMetadata> first = Add(0, 1);
        ValueTask<RecordMetadata> second = Add(1, 1);
        _block.Tell(0, 2, 0, new BatchResult(-1, -1, ExceptionDispatchInfo.Capture(new InvalidOperationException("why"))));
        Assert.True(first.IsFaulted);
        Assert.Equal("why", (await Assert.ThrowsAsync<InvalidOperationException>(first.AsTask)).Message);
        Assert.Equal("why", (await Assert.ThrowsAsync<InvalidOperationException>(second.AsTask)).Message);
        Assert.Same(_block, _engine.TakeAckBlock(_queue));
    }

    [Fact]
    public void A_handler_is_called_once_with_what_was_given_and_may_throw()
    {
        Handler handler = new();
        AckRequest request = AckRequest.Call(handler, "first");
        _block.Add(4, 9, ref request);
        request = AckRequest.Call(handler, "second");
        _block.Add(5, 9, ref request);
        _block.Tell(0, 2, 0, There);
        Assert.Equal(["first 104 9", "second 105 9"], handler.Told);
        Assert.Same(_block, _engine.TakeAckBlock(_queue));
    }

    [Fact]
    public async Task Awaiting_waiting_and_telling_from_many_threads_loses_nobody()
    {
        // The race of outcome, continuation and token, many times over. Each await must end, with the right record or cancelled.
        const int Rounds = 2_000;
        int acknowledged = 0;
        int cancelled = 0;
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = "localhost:1" }); // real threads; nothing is sent
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();
        PartitionQueue queue = new(producer.Engine, producer.Engine.GetTopic("t"), 3);
        for (int round = 0; round < Rounds; round++)
        {
            _block = producer.Engine.TakeAckBlock(queue);
            using CancellationTokenSource cancellation = new();
            ValueTask<RecordMetadata>[] tasks = [.. Enumerable.Range(0, 8).Select(i => Add(i, 1, i % 2 == 0 ? cancellation.Token : default))];
            AckBlock block = _block;
            Task telling = Task.Run(() => block.Tell(0, 8, 0, There));
            Task cancelling = Task.Run(cancellation.Cancel);
            Task[] waiting = [.. tasks.Select((task, i) => Task.Run(async () =>
            {
                try
                {
                    Assert.Equal(100 + i, (await task).Offset);
                    Interlocked.Increment(ref acknowledged);
                }
                catch (OperationCanceledException)
                {
                    Assert.Equal(0, i % 2);
                    Interlocked.Increment(ref cancelled);
                }
            }))];
            await telling;
            await cancelling;
            await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(8 * Rounds, acknowledged + cancelled);
    }

    private ValueTask<RecordMetadata> Add(int index, long timestamp, CancellationToken cancellationToken = default)
    {
        AckRequest request = AckRequest.Awaited(cancellationToken);
        _block.Add(index, timestamp, ref request);
        Assert.Same(_block, request.Block);
        return request.Start(cancellationToken);
    }

    private sealed class Handler : IDeliveryHandler
    {
        public List<string> Told { get; } = [];

        public void OnDelivered(in DeliveryReport report)
        {
            Told.Add($"{report.State} {report.Metadata.Offset} {report.Metadata.Timestamp}");
            throw new InvalidOperationException("A user's fault.");
        }
    }
}
