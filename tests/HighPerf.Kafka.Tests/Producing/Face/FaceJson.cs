using System.Text.Json.Serialization;

namespace HighPerf.Kafka.Tests.Producing.Face;

[JsonSerializable(typeof(FaceOrder))]
[JsonSerializable(typeof(FaceCount))]
internal sealed partial class FaceJson : JsonSerializerContext;
