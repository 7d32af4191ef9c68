using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Producing;
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
    public KafkaClient(KafkaClientOptions options) : this(options, new ProductionEnvironment(options?.TimeProvider))
    {
    }

    /// <summary>Makes a client in another environment than the real one.</summary>
    internal KafkaClient(KafkaClientOptions options, RuntimeEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Copy();
        options.Validate();
        Runtime = new ClientRuntime(options, environment, options.Transport ?? new TcpTransport());
        Cluster = new ClusterClient(Runtime);
        Topics = new KafkaTopics(this);
    }

    /// <summary>Creates, deletes, lists and describes topics.</summary>
    public KafkaTopics Topics { get; }

    /// <summary>What all rooms of this client share.</summary>
    internal ClientRuntime Runtime { get; }

    /// <summary>Metadata, look-ups and links.</summary>
    internal ClusterClient Cluster { get; }

    /// <summary>Makes a producer with the serialisers that come with the client.</summary>
    /// <exception cref="ArgumentException">An option's value cannot be.</exception>
    /// <exception cref="KafkaSerializationException">There is no serialiser for a type: pass one.</exception>
    public KafkaProducer<TKey, TValue> CreateProducer<TKey, TValue>(ProducerOptions? options = null) => CreateProducer<TKey, TValue>(options, null, null);

    /// <summary>Makes a producer with serialisers of your own; null for the one that comes with the client.</summary>
    /// <inheritdoc cref="CreateProducer{TKey, TValue}(ProducerOptions?)"/>
    public KafkaProducer<TKey, TValue> CreateProducer<TKey, TValue>(
        ProducerOptions? options, ISerializer<TKey>? keySerializer, ISerializer<TValue>? valueSerializer)
    {
        ThrowIfDisposed();
        keySerializer ??= Serializers.SerializerFor<TKey>("key");
        valueSerializer ??= Serializers.SerializerFor<TValue>("value");
        return new KafkaProducer<TKey, TValue>(new ProducerEngine(Cluster, options ?? new ProducerOptions()), keySerializer, valueSerializer);
    }

    /// <summary>Makes a consumer with the deserialisers that come with the client.</summary>
    /// <exception cref="ArgumentException">An option's value cannot be.</exception>
    /// <exception cref="KafkaSerializationException">There is no deserialiser for a type: pass one.</exception>
    public KafkaConsumer<TKey, TValue> CreateConsumer<TKey, TValue>(ConsumerOptions? options = null) => CreateConsumer<TKey, TValue>(options, null, null);

    /// <summary>Makes a consumer with deserialisers of your own; null for the one that comes with the client.</summary>
    /// <inheritdoc cref="CreateConsumer{TKey, TValue}(ConsumerOptions?)"/>
    public KafkaConsumer<TKey, TValue> CreateConsumer<TKey, TValue>(
        ConsumerOptions? options, IDeserializer<TKey>? keyDeserializer, IDeserializer<TValue>? valueDeserializer)
    {
        ThrowIfDisposed();
        keyDeserializer ??= Serializers.DeserializerFor<TKey>("key");
        valueDeserializer ??= Serializers.DeserializerFor<TValue>("value");
        return new KafkaConsumer<TKey, TValue>(new ConsumerSession(Cluster, options ?? new ConsumerOptions()), keyDeserializer, valueDeserializer);
    }

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
