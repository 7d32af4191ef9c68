namespace HighPerf.Kafka.Tests.Producing.Face;

internal sealed record FaceOrder(string Id, int Count, FaceOrder? Next = null);
