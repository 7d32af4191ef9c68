using System.Text.Json;
using System.Text.Json.Serialization;

namespace HighPerf.Kafka.Tests.Producing.Face;

internal sealed record FaceOrder(string Id, int Count, FaceOrder? Next = null);

/// <summary>Throws in the middle of a value when the count is negative.</summary>
internal sealed class FaceCountConverter : JsonConverter<FaceCount>
{
    public override FaceCount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

    public override void Write(Utf8JsonWriter writer, FaceCount value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Count >= 0 ? value.Count : throw new FormatException("negative"));
        writer.WriteEndArray();
    }
}

[JsonConverter(typeof(FaceCountConverter))]
internal readonly record struct FaceCount(int Count);

[JsonSerializable(typeof(FaceOrder))]
[JsonSerializable(typeof(FaceCount))]
internal sealed partial class FaceJson : JsonSerializerContext;
