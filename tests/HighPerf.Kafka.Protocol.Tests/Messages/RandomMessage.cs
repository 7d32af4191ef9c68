using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>Draws a message of a spec in one version, as JSON: every field of the version with some value of its type.</summary>
internal sealed class RandomMessage
{
    private static readonly string[] Texts =
    [
        "", "a", "topic-1", "Ünïcödé", "日本語", "\u0000", "\U0001F600", new string('x', 42), new string('é', 43), new string('y', 127),
    ];

    private readonly MessageSpec _message;
    private readonly VersionRange _version;
    private readonly Random _random;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private RandomMessage(MessageSpec message, short version, Random random)
    {
        _message = message;
        _version = new VersionRange(version, version);
        _random = random;
    }

    public static JsonElement Draw(MessageSpec message, short version, Random random)
    {
        RandomMessage drawn = new(message, version, random);
        using (Utf8JsonWriter json = new(drawn._buffer))
        {
            drawn.WriteStruct(json, message.Root);
        }

        using JsonDocument document = JsonDocument.Parse(drawn._buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private void WriteStruct(Utf8JsonWriter json, StructSpec spec)
    {
        json.WriteStartObject();
        foreach (FieldSpec field in spec.Fields.Where(field => field.Versions.Contains(_version)))
        {
            if (field.Tag is null || _random.Next(2) == 0)
            {
                json.WritePropertyName(field.JsonName);
                WriteField(json, field);
            }
        }

        json.WriteEndObject();
    }

    private void WriteField(Utf8JsonWriter json, FieldSpec field)
    {
        if (field.NullableVersions is { } nullable && nullable.Contains(_version) && _random.Next(4) == 0)
        {
            json.WriteNullValue();
        }
        else if (field.Type.IsArray)
        {
            json.WriteStartArray();
            for (int count = _random.Next(20) == 0 ? 130 : _random.Next(4); count > 0 && _buffer.WrittenCount < 20_000; count--)
            {
                WriteValue(json, field.Type);
                json.Flush();
            }

            json.WriteEndArray();
        }
        else
        {
            WriteValue(json, field.Type);
        }
    }

    private void WriteValue(Utf8JsonWriter json, FieldType type)
    {
        switch (type.Kind)
        {
            case TypeKind.Struct:
                WriteStruct(json, _message.FindStruct(type.StructName!));
                break;
            case TypeKind.Boolean:
                json.WriteBooleanValue(_random.Next(2) == 0);
                break;
            case TypeKind.String:
                json.WriteStringValue(Texts[_random.Next(Texts.Length)]);
                break;
            case TypeKind.Bytes or TypeKind.Records:
                json.WriteStringValue(Convert.ToBase64String(RandomBytes(_random.Next(20) == 0 ? 300 : _random.Next(20))));
                break;
            case TypeKind.Uuid:
                json.WriteStringValue(Base64Url.EncodeToString(RandomBytes(16)));
                break;
            case TypeKind.Float64:
                json.WriteNumberValue(_random.NextDouble() * Math.Pow(10, _random.Next(-20, 20)));
                break;
            case TypeKind.UInt16 or TypeKind.UInt32:
                json.WriteNumberValue(RandomInteger(8 * FieldType.FixedSizeOf(type.Kind)) & ((1L << (8 * FieldType.FixedSizeOf(type.Kind))) - 1));
                break;
            default:
                json.WriteNumberValue(RandomInteger(8 * FieldType.FixedSizeOf(type.Kind)));
                break;
        }
    }

    /// <summary>A signed integer of so many bits: an edge, a small one, or any.</summary>
    private long RandomInteger(int bits) => _random.Next(4) switch
    {
        0 => long.MinValue >> (64 - bits),
        1 => long.MaxValue >> (64 - bits),
        2 => _random.Next(-2, 100),
        _ => _random.NextInt64(long.MinValue, long.MaxValue) >> (64 - bits),
    };

    private byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
