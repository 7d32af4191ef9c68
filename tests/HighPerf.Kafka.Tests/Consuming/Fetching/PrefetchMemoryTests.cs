using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Tests.Consuming.Fetching;

/// <summary>What a consumer holds of received bytes: bounded, counted as it is, and not more than it uses of what others need.</summary>
public sealed class PrefetchMemoryTests
{
    private const int Prefetch = 256 * 1024;
    private const int BatchSize = 4 * 1024;

    [Fact]
    public void A_reader_that_does_not_read_is_received_ahead_of_up_to_the_bound_and_no_further() => Run(4, async world =>
    {
        world.Consumer.Assign(Beginning(4));
        await world.Consumer.WaitToReadAsync();
        await world.Simulation.Delay(TimeSpan.FromSeconds(30));
        long held = world.Consumer.Session.BufferedBytes;
        int fetches = world.Fetches.Count;
        Assert.InRange(held, Prefetch / 2, Prefetch + (2 * BatchSize));
        Assert.InRange(world.Client.Runtime.Buffers.OutstandingBytes, held, 3 * Prefetch); // pooled arrays are powers of two
        await world.Simulation.Delay(TimeSpan.FromSeconds(30));
        Assert.InRange(world.Fetches.Count - fetches, 0, 1); // nothing is asked for; what is under way is an empty session's, or nothing

        await ReadToTheEndAsync(world, new long[4]);
    });

    [Fact]
    public void A_partition_whose_batches_are_held_keeps_its_own_bytes_and_the_others_go_on() => Run(4, async world =>
    {
        world.Consumer.Assign(Beginning(4));
        List<ConsumedBatch> held = [];
        long most = 0;
        long[] read = new long[4];
        while (read.Skip(1).Any(static count => count < 400))
        {
            await world.Consumer.WaitToReadAsync();
            while (world.Consumer.TryReadBatch(out ConsumedBatch batch))
            {
                Assert.Equal(read[batch.Partition], batch.FirstOffset);
                read[batch.Partition] = batch.NextOffset;
                if (batch.Partition == 0)
                {
                    held.Add(batch);
                }
                else
                {
                    batch.Dispose();
                }

                most = Math.Max(most, world.Consumer.Session.BufferedBytes);
            }
        }

        // The slow one has not more than its half of what the others leave, and does not slow them down to a batch a fetch.
        Assert.InRange(read[0], 10, 200);
        Assert.InRange(most, Prefetch / 2, 2 * Prefetch);
        Assert.InRange(world.Fetches.Count, 10, 200);
        held.ForEach(static batch => batch.Dispose());
        held.Clear();
        await ReadToTheEndAsync(world, read);
    });

    [Fact]
    public void A_paused_partition_keeps_its_own_bytes_of_the_answers_and_not_those_of_the_others() => Run(4, async world =>
    {
        world.Consumer.Assign(Beginning(4));
        await world.Consumer.WaitToReadAsync();
        await world.Simulation.Delay(TimeSpan.FromSeconds(2));
        world.Consumer.Pause(new TopicPartition(FetchWorld.Topic, 0));
        long[] read = new long[4];
        while (read.Skip(1).Any(static count => count < 400))
        {
            await world.Consumer.WaitToReadAsync();
            while (world.Consumer.TryReadBatch(out ConsumedBatch batch))
            {
                using (batch)
                {
                    Assert.NotEqual(0, batch.Partition);
                    Assert.Equal(read[batch.Partition], batch.FirstOffset);
                    read[batch.Partition] = batch.NextOffset;
                }
            }
        }

        // What was received of it before the pause, and what is under way. A part that is most of its answer stays in it.
        Assert.InRange(world.Consumer.Session.BufferedBytes, BatchSize, Prefetch * 3 / 4);
        world.Consumer.Resume(new TopicPartition(FetchWorld.Topic, 0));
        await ReadToTheEndAsync(world, read);
    });

    [Fact]
    public void What_batches_are_decompressed_to_counts_while_they_are_held() => Run(1, async world =>
    {
        byte[] batch = Compressed();
        Assert.InRange(batch.Length, 0, 5000);
        world.OnPartition = (_, asked) => new FetchResponse.PartitionData { Records = asked.FetchOffset < 1 ? batch : [] };
        world.Consumer.Assign(Beginning(1));
        await world.Consumer.WaitToReadAsync();
        Assert.True(world.Consumer.TryReadBatch(out ConsumedBatch held));
        Assert.InRange(world.Consumer.Session.BufferedBytes, 1024 * 1024, 4 * 1024 * 1024);
        Assert.Equal(1, world.Consumer.Session.FetchRoom);
        held.Dispose();
        Assert.InRange(world.Consumer.Session.BufferedBytes, 0, 5000);
    });

    private static async Task ReadToTheEndAsync(FetchWorld world, long[] read)
    {
        while (read.Any(static count => count < 400))
        {
            await world.Consumer.WaitToReadAsync();
            while (world.Consumer.TryReadBatch(out ConsumedBatch batch))
            {
                using (batch)
                {
                    Assert.Equal(read[batch.Partition], batch.FirstOffset);
                    read[batch.Partition] = batch.NextOffset;
                }
            }
        }
    }

    private static TopicPartitionOffset[] Beginning(int partitions) =>
        [.. Enumerable.Range(0, partitions).Select(static p => new TopicPartitionOffset(FetchWorld.Topic, p, 0))];

    private static byte[] Compressed()
    {
        using PooledBuffer buffer = new(new BufferPool());
        using PooledBuffer destination = new(new BufferPool());
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(1, default, Encoding.UTF8.GetBytes(new string('x', 1024 * 1024)));
        SealedRecordBatch batch = writer.Seal(new CompressionCodecs().Get(CompressionType.Gzip), 6, destination);
        batch.Stamp(new RecordBatchHeader { BaseOffset = 0, PartitionLeaderEpoch = 3 });
        return batch.Bytes.ToArray();
    }

    private static void Run(int partitions, Func<FetchWorld, Task> test)
    {
        byte[] log = [.. Enumerable.Range(0, 400).SelectMany(static offset => FetchWorld.Batch(offset, 1, size: BatchSize - 100))];
        FetchWorld.Run(1, 1, partitions, new ConsumerOptions { PrefetchBytes = Prefetch, PartitionFetchMaxBytes = 32 * 1024 }, world =>
        {
            Array.Fill(world.Logs, log);
            return test(world);
        });
    }
}
