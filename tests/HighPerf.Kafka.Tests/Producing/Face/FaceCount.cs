using System.Text.Json;
using System.Text.Json.Serialization;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Written by a converter that throws in the middle of a value when the count is negative.</summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct FaceCount(int Count)
{
    internal sealed class Converter : JsonConverter<FaceCount>
    {
        public override FaceCount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, FaceCount value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(value.Count >= 0 ? value.Count : throw new FormatException("negative"));
            writer.WriteEndArray();
        }
    }
}
