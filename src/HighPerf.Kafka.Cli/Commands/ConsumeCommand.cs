using System.CommandLine;
using System.Globalization;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Cli.Reading;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk consume: prints the records of topics, of all partitions or as a member of a group.</summary>
internal static class ConsumeCommand
{
    public static Command Create()
    {
        Command command = new("consume", "Prints the records of topics, one a line; with --group as a member of a group, which commits what was printed");
        ConnectionOptions connection = new();
        ConsumeOptions options = new();
        options.AddTo(command);
        connection.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            options.Check(parsed);
            await using KafkaClient kafka = connection.Connect(parsed);
            using RecordPrinter printer = new(parsed.GetValue(options.Separator), parsed.GetValue(options.Json));
            ReadLimit limit = new(parsed.GetValue(options.Max), parsed.GetValue(options.ExitAtEnd));
            await (parsed.GetValue(options.Group) is null
                ? AssignedAsync(kafka, parsed, options, printer, limit, token)
                : MemberAsync(kafka, parsed, options, printer, limit, token));
            return ExitCode.Done;
        }));
        return command;
    }

    private static async Task AssignedAsync(
        KafkaClient kafka, ParseResult parsed, ConsumeOptions options, RecordPrinter printer, ReadLimit limit, CancellationToken token)
    {
        long start = ParseOffset(parsed.GetValue(options.Offset)!);
        List<TopicPartition> all = [];
        foreach (string name in options.Names(parsed))
        {
            TopicDescription topic = await kafka.Topics.DescribeAsync(name, token);
            IEnumerable<int> chosen = parsed.GetValue(options.Partitions) is { Length: > 0 } some ? some : topic.Partitions.Select(static p => p.Partition);
            all.AddRange(chosen.Select(p => new TopicPartition(topic.Name, p)));
        }

        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>(new ConsumerOptions
        {
            IsolationLevel = options.Isolation(parsed),
        });
        RecordReading reading = new(consumer, printer, limit, commits: false);
        if (limit.ExitsAtEnd)
        {
            await reading.NoteEndsAsync(all, token);
        }

        consumer.Assign([.. all.Select(p => new TopicPartitionOffset(p.Topic, p.Partition, start))]);
        await reading.RunAsync(token);
    }

    private static async Task MemberAsync(
        KafkaClient kafka, ParseResult parsed, ConsumeOptions options, RecordPrinter printer, ReadLimit limit, CancellationToken token)
    {
        bool commits = !parsed.GetValue(options.NoCommit);
        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>(new ConsumerOptions
        {
            GroupId = parsed.GetValue(options.Group),
            GroupInstanceId = parsed.GetValue(options.Instance),
            IsolationLevel = options.Isolation(parsed),
            AutoOffsetReset = parsed.GetValue(options.Offset) == "end" ? AutoOffsetReset.Latest : AutoOffsetReset.Earliest,
            OffsetStore = OffsetStore.Manual, // what was printed, not what was looked at
            EnableAutoCommit = commits,
        });
        if (parsed.GetValue(options.Pattern) is { } pattern)
        {
            consumer.SubscribePattern(pattern, new AssignmentTeller(Console.Error));
        }
        else
        {
            consumer.Subscribe(options.Names(parsed), new AssignmentTeller(Console.Error));
        }

        await new RecordReading(consumer, printer, limit, commits).RunAsync(token);
    }

    private static long ParseOffset(string text) => text switch
    {
        "beginning" => TopicPartitionOffset.Beginning,
        "end" => TopicPartitionOffset.End,
        _ when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset) => offset,
        _ => throw new ArgumentException($"--offset is '{text}'; it must be beginning, end, or a number."),
    };
}
