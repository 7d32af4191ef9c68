using System.Buffers.Text;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk consume: prints the records of a topic.</summary>
internal static class ConsumeCommand
{
    public static Command Create()
    {
        Command command = new("consume", "Prints the records of a topic, one a line");
        Argument<string> topic = new("topic") { Description = "The topic" };
        command.Arguments.Add(topic);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<int[]> partitions = new("--partition", "-p") { Description = "Only this partition; may be repeated" };
        Option<string> offset = new("--offset", "-o")
        {
            Description = "Where to begin: beginning, end, or an offset",
            DefaultValueFactory = static _ => "beginning",
        };
        Option<long> max = new("--max", "-n") { Description = "End after this many records; 0 for no limit" };
        Option<bool> exitAtEnd = new("--exit", "-e") { Description = "End when the end of every partition, as it is at the start, is reached" };
        Option<bool> committed = new("--read-committed") { Description = "Leave out records of open and aborted transactions" };
        Option<string?> separator = new("--key-separator", "-k") { Description = "Print the key too, with this behind it" };
        Option<bool> json = new("--json") { Description = "JSON lines, with offset, timestamp, headers, and key and value in base64" };
        foreach (Option option in new Option[] { partitions, offset, max, exitAtEnd, committed, separator, json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            TopicDescription described = await kafka.Topics.DescribeAsync(parsed.GetValue(topic)!, token);
            int[] chosen = parsed.GetValue(partitions) is { Length: > 0 } some ? some : [.. described.Partitions.Select(static p => p.Partition)];
            TopicPartition[] all = [.. chosen.Select(p => new TopicPartition(described.Name, p))];
            await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>(new ConsumerOptions
            {
                IsolationLevel = parsed.GetValue(committed) ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
            });
            long start = ParseOffset(parsed.GetValue(offset)!);
            Dictionary<TopicPartition, long>? ends = parsed.GetValue(exitAtEnd) ? await EndsAsync(consumer, all, token) : null;
            consumer.Assign([.. all.Select(p => new TopicPartitionOffset(p.Topic, p.Partition, start))]);
            using RecordPrinter printer = new(parsed.GetValue(separator), parsed.GetValue(json));
            await PrintAsync(consumer, printer, all, ends, parsed.GetValue(max), token);
            return ExitCode.Done;
        }));
        return command;
    }

    private static async Task<Dictionary<TopicPartition, long>> EndsAsync(
        KafkaConsumer<byte[], byte[]> consumer, TopicPartition[] partitions, CancellationToken token)
    {
        IReadOnlyList<TopicPartitionOffset> ends = await consumer.EndOffsetsAsync(partitions, token);
        return ends.ToDictionary(static end => new TopicPartition(end.Topic, end.Partition), static end => end.Offset);
    }

    private static async Task PrintAsync(
        KafkaConsumer<byte[], byte[]> consumer, RecordPrinter printer, TopicPartition[] partitions, Dictionary<TopicPartition, long>? ends, long max,
        CancellationToken token)
    {
        long printed = 0;
        while (!AtEnd(consumer, partitions, ends))
        {
            if (!consumer.TryReadBatch(out ConsumedBatch batch))
            {
                printer.Flush();
                if (!await consumer.WaitToReadAsync(token))
                {
                    return;
                }

                continue;
            }

            using (batch)
            {
                foreach (RecordView record in batch)
                {
                    printer.Print(batch.TopicPartition, record);
                    if (++printed == max)
                    {
                        return;
                    }
                }
            }
        }
    }

    private static bool AtEnd(KafkaConsumer<byte[], byte[]> consumer, TopicPartition[] partitions, Dictionary<TopicPartition, long>? ends) =>
        ends is not null && partitions.All(p => consumer.Position(p) is var position && (position >= ends[p] || ends[p] == 0));

    private static long ParseOffset(string text) => text switch
    {
        "beginning" => TopicPartitionOffset.Beginning,
        "end" => TopicPartitionOffset.End,
        _ when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset) => offset,
        _ => throw new ArgumentException($"--offset is '{text}'; it must be beginning, end, or a number."),
    };

    /// <summary>Writes records to standard output, buffered.</summary>
    private sealed class RecordPrinter(string? separator, bool asJson) : IDisposable
    {
        private readonly BufferedStream _output = new(Console.OpenStandardOutput(), 64 * 1024);
        private readonly byte[] _separator = Encoding.UTF8.GetBytes(separator ?? "");

        public void Print(TopicPartition partition, in RecordView record)
        {
            if (asJson)
            {
                PrintJson(partition, record);
            }
            else
            {
                if (separator is not null)
                {
                    _output.Write(record.Key);
                    _output.Write(_separator);
                }

                _output.Write(record.Value);
            }

            _output.WriteByte((byte)'\n');
        }

        public void Flush() => _output.Flush();

        public void Dispose() => _output.Dispose();

        private static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes, bool isNull)
        {
            if (isNull)
            {
                json.WriteNull(name);
            }
            else
            {
                json.WriteBase64String(name, bytes);
            }
        }

        private void PrintJson(TopicPartition partition, in RecordView record)
        {
            using Utf8JsonWriter json = new(_output, MessageJson.WriterOptions);
            json.WriteStartObject();
            json.WriteString("topic", partition.Topic);
            json.WriteNumber("partition", partition.Partition);
            json.WriteNumber("offset", record.Offset);
            json.WriteNumber("timestamp", record.Timestamp);
            WriteBytes(json, "key", record.Key, record.IsKeyNull);
            WriteBytes(json, "value", record.Value, record.IsValueNull);
            json.WriteStartArray("headers");
            foreach (RecordHeaderView header in record.Headers)
            {
                json.WriteStartObject();
                json.WriteString("key", header.Key);
                WriteBytes(json, "value", header.Value, header.IsValueNull);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
