using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk demo: starts the embedded broker, produces, consumes back, checks every record, and prints what it cost.</summary>
internal static class DemoCommand
{
    private const string Topic = "demo";

    public static Command Create()
    {
        Command command = new("demo", "Produces and consumes back many records through the public API against the embedded broker, and checks every one");
        Option<long> records = new("--records", "-n") { Description = "How many", DefaultValueFactory = static _ => 2_000_000 };
        Option<int> partitions = new("--partitions", "-p") { Description = "Over how many partitions", DefaultValueFactory = static _ => 6 };
        Option<CompressionType> compression = new("--compression", "-z") { Description = "How batches are compressed" };
        Option<bool> json = new("--json") { Description = "The figures as JSON lines" };
        foreach (Option option in new Option[] { records, partitions, compression, json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            long count = parsed.GetValue(records);
            int partitionCount = parsed.GetValue(partitions);
            if (count is < 1 or > 1_000_000_000 || partitionCount is < 1 or > 1000)
            {
                throw new ArgumentException($"--records is {count} and --partitions is {partitionCount}; they must be 1 to 1,000,000,000 and 1 to 1,000.");
            }

            return await RunAsync(count, partitionCount, parsed.GetValue(compression), parsed.GetValue(json), token);
        }));
        return command;
    }

    private static async Task<int> RunAsync(long records, int partitions, CompressionType compression, bool json, CancellationToken token)
    {
        // A process of its own, so that the figures are the client's alone.
        await using BrokerProcess broker = await BrokerProcess.StartAsync(token);
        await using KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = broker.BootstrapServers, ClientId = "hpk-demo" });
        await kafka.Topics.CreateAsync(new NewTopic { Name = Topic, Partitions = partitions }, token);
        CheckedRecords expected = new(records, partitions);

        Usage start = Usage.Now();
        await ProduceAsync(kafka, expected, compression, token);
        Figures produced = Usage.Now().Since(start, records, records * CheckedRecords.RecordSize);

        start = Usage.Now();
        await ConsumeAsync(kafka, expected, partitions, token);
        Figures consumed = Usage.Now().Since(start, records, records * CheckedRecords.RecordSize);

        Print("produce", produced, json, head: true);
        Print("consume", consumed, json, head: false);
        Console.Error.WriteLine(
            $"{records:N0} records of {CheckedRecords.RecordSize} bytes over {partitions} partition(s): every one came back once, in order, as it was sent");
        return ExitCode.Done;
    }

    private static async Task ProduceAsync(KafkaClient kafka, CheckedRecords records, CompressionType compression, CancellationToken token)
    {
        using Progress progress = new("produced", records.Count);
        await using KafkaProducer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> producer = kafka.CreateProducer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            new ProducerOptions { Linger = TimeSpan.FromMilliseconds(5), Compression = compression });
        byte[] key = new byte[CheckedRecords.KeySize];
        byte[] value = new byte[CheckedRecords.ValueSize];
        for (long i = 0; i < records.Count; i++)
        {
            CheckedRecords.Fill(i, key, value);
            await producer.EnqueueAsync(Topic, key, value, token);
            progress.Report(i);
        }

        await producer.FlushAsync(token);
    }

    private static async Task ConsumeAsync(KafkaClient kafka, CheckedRecords records, int partitions, CancellationToken token)
    {
        using Progress progress = new("consumed", records.Count);
        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>();
        consumer.Assign([.. Enumerable.Range(0, partitions).Select(static p => new TopicPartitionOffset(Topic, p, TopicPartitionOffset.Beginning))]);
        long seen = 0;
        while (seen < records.Count && await consumer.WaitToReadAsync(token))
        {
            while (consumer.TryReadBatch(out ConsumedBatch batch))
            {
                using (batch)
                {
                    foreach (RecordView record in batch)
                    {
                        records.Check(batch.Partition, record);
                        progress.Report(++seen);
                    }
                }
            }
        }
    }

    private static void Print(string name, Figures figures, bool json, bool head)
    {
        if (json)
        {
            JsonLine.Write(line =>
            {
                line.WriteString("demo", name);
                figures.Write(line);
            });
            return;
        }

        if (head)
        {
            Figures.WriteTableHead(Console.Out);
        }

        figures.WriteTableRow(Console.Out, name);
    }
}
