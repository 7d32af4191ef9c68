using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka;

/// <summary>
/// The way to one cluster. Producers and consumers are made from it and share its view of the cluster; each has connections of its own.
/// Making one does not connect. Thread-safe.
/// </summary>
public sealed partial class KafkaClient : IAsyncDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private int _isDisposed;

    /// <summary>Makes a client. Nothing is connected yet; the first use of the cluster does that.</summary>
    /// <exception cref="ArgumentException">An option's value cannot be; says which, and what it may be.</exception>
    public KafkaClient(KafkaClientOptions options) : this(options, new ProductionEnvironment())
    {
    }

    /// <summary>Makes a client in another environment than the real one.</summary>
    internal KafkaClient(KafkaClientOptions options, RuntimeEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Runtime = new ClientRuntime(options, environment, options.Transport ?? new TcpTransport());
        Cluster = new ClusterClient(Runtime);
    }

    /// <summary>What all rooms of this client share.</summary>
    internal ClientRuntime Runtime { get; }

    /// <summary>Metadata, look-ups and links.</summary>
    internal ClusterClient Cluster { get; }

    /// <summary>Closes every connection. Takes at most a few seconds. Close producers and consumers first: what they still hold is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await Cluster.CloseAsync(CloseTimeout).ConfigureAwait(false);
        }
    }

    /// <summary>Throws when the client is closed.</summary>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
}
