using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk bench produce | consume: what this client costs against any server, in figures that can be compared with other clients'.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Command bench = new("bench", "Measures producing and consuming against any cluster");
        bench.Subcommands.Add(Produce());
        bench.Subcommands.Add(Consume());
        return bench;
    }

    private static Command Produce()
    {
        Command command = new("produce", "Sends records with 8-byte keys and prints what they cost");
        BenchOptions options = new(command);
        Option<int> size = new("--size") { Description = "Bytes of key and value together", DefaultValueFactory = static _ => 100 };
        Option<string> mode = new("--mode")
        {
            Description = "enqueue (fire and forget), await (10,000 outstanding awaited sends), serial (one at a time), or bound (a sender of one topic)",
            DefaultValueFactory = static _ => "enqueue",
        };
        mode.AcceptOnlyFromAmong("enqueue", "await", "serial", "bound");
        Option<double> linger = new("--linger-ms") { Description = "Milliseconds that a batch waits", DefaultValueFactory = static _ => 5 };
        Option<int> batch = new("--batch-bytes") { Description = "The size of a full batch", DefaultValueFactory = static _ => 1_000_000 };
        Option<CompressionType> compression = new("--compression", "-z") { Description = "How batches are compressed" };
        foreach (Option option in new Option[] { size, mode, linger, batch, compression })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = options.Connection.Connect(parsed);
            ProducerOptions producerOptions = new()
            {
                Linger = TimeSpan.FromMilliseconds(parsed.GetValue(linger)),
                BatchSizeBytes = parsed.GetValue(batch),
                MaxRequestSizeBytes = Math.Max(4 * 1024 * 1024, parsed.GetValue(batch)),
                Compression = parsed.GetValue(compression),
            };
            await using KafkaProducer<byte[], byte[]> producer = kafka.CreateProducer<byte[], byte[]>(producerOptions);
            long records = parsed.GetValue(options.Records);
            int bytes = Math.Max(parsed.GetValue(size), 8);
            ProduceLoad load = new(producer, parsed.GetValue(options.Topic)!, bytes, parsed.GetValue(mode)!);
            await load.RunAsync(Math.Max(records / 10, 1), token); // warms up: metadata, connections, code
            Usage start = Usage.Now();
            await load.RunAsync(records, token);
            options.Print(parsed, "produce", Usage.Now().Since(start, records, records * bytes));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Consume()
    {
        Command command = new("consume", "Reads records, key and value of each, and prints what they cost");
        BenchOptions options = new(command);
        Option<string> mode = new("--mode")
        {
            Description = "batch (views), record (one by one, byte arrays), or enumerate (async enumerable)",
            DefaultValueFactory = static _ => "batch",
        };
        mode.AcceptOnlyFromAmong("batch", "record", "enumerate");
        command.Options.Add(mode);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = options.Connection.Connect(parsed);
            TopicDescription topic = await kafka.Topics.DescribeAsync(parsed.GetValue(options.Topic)!, token);
            await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>();
            consumer.Assign([.. topic.Partitions.Select(p => new TopicPartitionOffset(topic.Name, p.Partition, TopicPartitionOffset.Beginning))]);
            long records = parsed.GetValue(options.Records);
            ConsumeLoad load = new(consumer, parsed.GetValue(mode)!);
            await load.RunAsync(Math.Max(records / 10, 1), token);
            long warmRecords = load.Records;
            long warmBytes = load.Bytes;
            Usage start = Usage.Now();
            await load.RunAsync(records, token);
            options.Print(parsed, "consume", Usage.Now().Since(start, load.Records - warmRecords, load.Bytes - warmBytes), load.Checksum);
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>What both loads have in common.</summary>
    private sealed class BenchOptions
    {
        private readonly Option<bool> _json = new("--json") { Description = "The figures as a JSON line" };

        public BenchOptions(Command command)
        {
            Connection.AddTo(command);
            command.Options.Add(Topic);
            command.Options.Add(Records);
            command.Options.Add(_json);
        }

        public ConnectionOptions Connection { get; } = new();

        public Option<string> Topic { get; } = new("--topic", "-t") { Description = "The topic; it must exist", DefaultValueFactory = static _ => "bench" };

        public Option<long> Records { get; } = new("--records", "-n")
        {
            Description = "How many records are measured",
            DefaultValueFactory = static _ => 2_000_000,
        };

        public void Print(ParseResult parsed, string name, Figures figures, ulong? checksum = null)
        {
            if (parsed.GetValue(_json))
            {
                JsonLine.Write(json =>
                {
                    json.WriteString("bench", name);
                    figures.Write(json);
                    if (checksum is { } sum)
                    {
                        json.WriteString("checksum", sum.ToString("x16"));
                    }
                });
                return;
            }

            Figures.WriteTableHead(Console.Out);
            figures.WriteTableRow(Console.Out, name);
            if (checksum is { } printed)
            {
                Console.WriteLine($"checksum of keys and values: {printed:x16}");
            }
        }
    }
}
