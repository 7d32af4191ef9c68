using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring;
using HighPerf.Kafka.Cli.Measuring.Producing;
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
        ProduceKnobs knobs = new();
        knobs.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(() =>
        {
            ProduceSettings settings = knobs.Settings(parsed);
            KafkaClientOptions options = new() { BootstrapServers = settings.BootstrapServers, ClientId = "hpk" };
            return ProduceBench.RunAsync(settings, () => new KafkaClient(options), new ProduceReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        }));
        return command;
    }

    private static Command Consume()
    {
        Command command = new("consume", "Reads records, key and value of each, and prints what they cost");
        ConsumeOptions options = new(command);
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
            options.Print(parsed, Usage.Now().Since(start, load.Records - warmRecords, load.Bytes - warmBytes), load.Checksum);
            return ExitCode.Done;
        }));
        return command;
    }

    private sealed class ConsumeOptions
    {
        private readonly Option<bool> _json = new("--json") { Description = "The figures as a JSON line" };

        public ConsumeOptions(Command command)
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

        public void Print(ParseResult parsed, Figures figures, ulong checksum)
        {
            if (parsed.GetValue(_json))
            {
                JsonLine.Write(json =>
                {
                    json.WriteString("bench", "consume");
                    figures.Write(json);
                    json.WriteString("checksum", checksum.ToString("x16"));
                });
                return;
            }

            Figures.WriteTableHead(Console.Out);
            figures.WriteTableRow(Console.Out, "consume");
            Console.WriteLine($"checksum of keys and values: {checksum:x16}");
        }
    }
}
