using System.Text;
using System.Text.Json;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Output;

/// <summary>Writes records to standard output, buffered. Owner: one thread.</summary>
internal sealed class RecordPrinter(string? separator, bool asJson) : IDisposable
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
