using System.CommandLine;
using System.Text;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk produce: a record for each line of standard input.</summary>
internal static class ProduceCommand
{
    public static Command Create()
    {
        Command command = new("produce", "Sends a record for each line of standard input");
        Argument<string> topic = new("topic") { Description = "The topic" };
        command.Arguments.Add(topic);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<string?> separator = new("--key-separator", "-k") { Description = "What stands between key and value; without it there are no keys" };
        Option<string?> nullMark = new("--null") { Description = "A key or value that is exactly this is null" };
        Option<int> partition = new("--partition", "-p")
        {
            Description = "The partition; chosen by the key when not given",
            DefaultValueFactory = static _ => -1,
        };
        Option<string[]> headers = new("--header", "-H") { Description = "A header of every record as name=value; may be repeated" };
        Option<CompressionType> compression = new("--compression", "-z") { Description = "How batches are compressed" };
        Option<int?> level = new("--level") { Description = "The compression level, in the codec's own numbers" };
        Option<string> acks = new("--acks") { Description = "Who must have a record: all, leader or none", DefaultValueFactory = static _ => "all" };
        Option<double> linger = new("--linger-ms") { Description = "Milliseconds that a batch waits for more records", DefaultValueFactory = static _ => 5 };
        Option<bool> create = new("--create") { Description = "Create the topic, with the brokers' defaults, when it does not exist" };
        Option<bool> json = new("--json") { Description = "Print where each record is as a JSON line" };
        acks.AcceptOnlyFromAmong("all", "leader", "none");
        foreach (Option option in new Option[] { separator, nullMark, partition, headers, compression, level, acks, linger, create, json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            if (parsed.GetValue(create))
            {
                await CreateTopicAsync(kafka, parsed.GetValue(topic)!, token);
            }
            else
            {
                // A misspelt name is told at once, not when the first record has waited for its time to be over.
                await kafka.Topics.DescribeAsync(parsed.GetValue(topic)!, token);
            }

            ProducerOptions options = new()
            {
                Acks = Enum.Parse<Acks>(parsed.GetValue(acks)!, ignoreCase: true),
                Linger = TimeSpan.FromMilliseconds(parsed.GetValue(linger)),
                Compression = parsed.GetValue(compression),
                CompressionLevel = parsed.GetValue(level),
            };
            LineFormat format = new(
                parsed.GetValue(topic)!, parsed.GetValue(separator), parsed.GetValue(nullMark), parsed.GetValue(partition), parsed.GetValue(headers));
            await using KafkaProducer<byte[], byte[]> producer = kafka.CreateProducer<byte[], byte[]>(options);
            return await SendLinesAsync(producer, format, parsed.GetValue(json), token);
        }));
        return command;
    }

    private static async Task CreateTopicAsync(KafkaClient kafka, string topic, CancellationToken token)
    {
        try
        {
            await kafka.Topics.CreateAsync(new NewTopic { Name = topic }, token);
        }
        catch (KafkaBrokerException e) when (e.Code == ErrorCode.TopicAlreadyExists)
        {
            // That is what was wanted.
        }
    }

    private static async Task<int> SendLinesAsync(KafkaProducer<byte[], byte[]> producer, LineFormat format, bool json, CancellationToken token)
    {
        using StreamReader input = new(Console.OpenStandardInput(), new UTF8Encoding(false));
        using Progress progress = new("sent", 0);
        Queue<ValueTask<RecordMetadata>> outstanding = new();
        long sent = 0;
        string? wrong = null;
        while (await input.ReadLineAsync(token) is { } line)
        {
            if (!format.TryParse(line, out ProduceRecord<byte[], byte[]> record))
            {
                // What was read before it is sent and reported; what follows is not.
                wrong = line;
                break;
            }

            outstanding.Enqueue(producer.SendAsync(record, token));
            progress.Report(++sent);
            if (outstanding.Count >= 10_000)
            {
                Print(await outstanding.Dequeue(), json);
            }
        }

        await producer.FlushAsync(token);
        while (outstanding.TryDequeue(out ValueTask<RecordMetadata> acknowledged))
        {
            Print(await acknowledged, json);
        }

        progress.Dispose();
        Console.Error.WriteLine($"{sent} record(s) sent");
        if (wrong is not null)
        {
            Console.Error.WriteLine($"hpk: line {sent + 1} has no key separator: {wrong[..Math.Min(wrong.Length, 60)]}");
            return ExitCode.Failed;
        }

        return ExitCode.Done;
    }

    private static void Print(RecordMetadata metadata, bool json)
    {
        if (json)
        {
            JsonLine.Write(line =>
            {
                line.WriteString("topic", metadata.Topic);
                line.WriteNumber("partition", metadata.Partition);
                line.WriteNumber("offset", metadata.Offset);
                line.WriteNumber("timestamp", metadata.Timestamp);
            });
        }
    }

    /// <summary>How a line becomes a record.</summary>
    private sealed class LineFormat(string topic, string? separator, string? nullMark, int partition, string[]? headers)
    {
        private readonly RecordHeader[] _headers = [.. (headers ?? []).Select(Header)];

        /// <summary>False when the line has no key separator, though there is one to look for.</summary>
        public bool TryParse(string line, out ProduceRecord<byte[], byte[]> record)
        {
            string? key = null;
            string? value = line;
            if (!string.IsNullOrEmpty(separator))
            {
                int at = line.IndexOf(separator, StringComparison.Ordinal);
                if (at < 0)
                {
                    record = default;
                    return false;
                }

                key = line[..at];
                value = line[(at + separator.Length)..];
            }

            record = new ProduceRecord<byte[], byte[]>(topic, Bytes(key)!, Bytes(value)!) { Partition = partition, Headers = _headers };
            return true;
        }

        private static RecordHeader Header(string text)
        {
            int equals = text.IndexOf('=');
            return equals >= 0
                ? new RecordHeader(text[..equals], Encoding.UTF8.GetBytes(text[(equals + 1)..]))
                : throw new ArgumentException($"--header is '{text}'; it must be name=value.");
        }

        private byte[]? Bytes(string? text) => text is null || text == nullMark ? null : Encoding.UTF8.GetBytes(text);
    }
}
