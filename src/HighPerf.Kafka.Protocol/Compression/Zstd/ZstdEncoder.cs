using HighPerf.Kafka.Protocol.Buffers;
namespace HighPerf.Kafka.Protocol.Compression.Zstd;
internal sealed class ZstdEncoder { }
