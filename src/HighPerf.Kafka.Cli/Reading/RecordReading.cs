using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Reading;

/// <summary>Reads and prints until its limit; what was printed is stored, where it is to be committed. Owner: one caller.</summary>
internal sealed class RecordReading(KafkaConsumer<byte[], byte[]> consumer, RecordPrinter printer, ReadLimit limit, bool commits)
{
    // How often it is looked for the end while nothing comes.
    private static readonly TimeSpan EndLook = TimeSpan.FromMilliseconds(100);

    // Where partitions ended when they were first looked at.
    private readonly Dictionary<TopicPartition, long> _ends = [];
    private long _printed;

    /// <summary>Looks where partitions end now.</summary>
    public async Task NoteEndsAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken token)
    {
        foreach (TopicPartitionOffset end in await consumer.EndOffsetsAsync(partitions, token))
        {
            _ends[new TopicPartition(end.Topic, end.Partition)] = end.Offset;
        }
    }

    public async Task RunAsync(CancellationToken token)
    {
        while (!limit.ExitsAtEnd || !await IsAtEndAsync(token))
        {
            if (!consumer.TryReadBatch(out ConsumedBatch batch))
            {
                printer.Flush();
                if (!await WaitAsync(token))
                {
                    return;
                }

                continue;
            }

            using (batch)
            {
                if (!Print(batch))
                {
                    return;
                }
            }
        }
    }

    // Whether to go on.
    private bool Print(in ConsumedBatch batch)
    {
        long next = batch.NextOffset;
        foreach (RecordView record in batch)
        {
            printer.Print(batch.TopicPartition, record);
            if (++_printed == limit.Records)
            {
                next = record.Offset + 1;
                break;
            }
        }

        if (commits)
        {
            printer.Flush(); // first the reader of what is printed has it
            Store(batch.TopicPartition, next);
        }

        return limit.Records == 0 || _printed < limit.Records;
    }

    private void Store(TopicPartition partition, long next)
    {
        try
        {
            consumer.StoreOffset(partition, next);
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"hpk: {e.Message}"); // given up meanwhile: others print it again
        }
    }

    private async Task<bool> WaitAsync(CancellationToken token)
    {
        if (!limit.ExitsAtEnd)
        {
            return await consumer.WaitToReadAsync(token);
        }

        using CancellationTokenSource timer = new(EndLook, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, token);
        try
        {
            return await consumer.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return true;
        }
    }

    private async Task<bool> IsAtEndAsync(CancellationToken token)
    {
        IReadOnlyList<TopicPartition> assigned = consumer.Assignment;
        TopicPartition[] unknown = [.. assigned.Where(partition => !_ends.ContainsKey(partition))];
        if (unknown.Length > 0)
        {
            await NoteEndsAsync(unknown, token);
        }

        try
        {
            return assigned.Count > 0 && assigned.All(partition => consumer.Position(partition) >= _ends[partition]);
        }
        catch (InvalidOperationException)
        {
            return false; // one was given up meanwhile
        }
    }
}
