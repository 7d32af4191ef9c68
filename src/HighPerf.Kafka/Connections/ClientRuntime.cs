using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HighPerf.Kafka.Connections;

/// <summary>What all rooms of one client share: its environment, transport, buffers, logs and options. Immutable; what it leads to is thread-safe.</summary>
internal sealed class ClientRuntime
{
    public ClientRuntime(KafkaClientOptions options, RuntimeEnvironment environment, ITransport transport)
    {
        Options = options;
        Environment = environment;
        Transport = transport;
        Loggers = options.LoggerFactory ?? NullLoggerFactory.Instance;
        ConnectionLogger = Loggers.CreateLogger("HighPerf.Kafka.Connections");
        ClientIdBytes = Encoding.UTF8.GetBytes(options.ClientId);
    }

    public KafkaClientOptions Options { get; }

    public RuntimeEnvironment Environment { get; }

    public WorkExecutor Executor => Environment.Executor;

    public ITransport Transport { get; }

    public BufferPool Buffers { get; } = new();

    public CompressionCodecs Codecs { get; } = new();

    public ILoggerFactory Loggers { get; }

    public ILogger ConnectionLogger { get; }

    /// <summary>The client id as it stands in every request header.</summary>
    public byte[] ClientIdBytes { get; }
}
