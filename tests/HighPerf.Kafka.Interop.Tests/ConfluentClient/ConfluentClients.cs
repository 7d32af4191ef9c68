namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>Makes clients of one cluster, impatient ones, whose log goes into one place.</summary>
internal sealed class ConfluentClients(string bootstrapServers, ClientLog log)
{
    /// <summary>What the clients log beyond warnings: what was sent and understood, what the server lacks, groups and transactions.</summary>
    private const string Debug = "protocol,feature,cgrp,eos,admin";

    public IProducer<byte[]?, byte[]?> CreateProducer(Action<ProducerConfig>? change = null)
    {
        ProducerConfig config = Configure(new ProducerConfig { LingerMs = 2, EnableIdempotence = true }, "producer");
        change?.Invoke(config);
        return new ProducerBuilder<byte[]?, byte[]?>(config).SetLogHandler(Take).SetErrorHandler(Take)
            .SetKeySerializer(Serializers.ByteArray!).SetValueSerializer(Serializers.ByteArray!).Build();
    }

    /// <param name="group">The group; null for a consumer that is only assigned to.</param>
    public ConsumerBuilder<byte[]?, byte[]?> BuildConsumer(string? group, Action<ConsumerConfig>? change = null)
    {
        ConsumerConfig config = Configure(
            new ConsumerConfig
            {
                GroupId = group ?? "none",
                AutoOffsetReset = AutoOffsetReset.Earliest,
                FetchWaitMaxMs = 50,
                FetchErrorBackoffMs = 20,
                CheckCrcs = true,
                EnableAutoCommit = false,
                EnablePartitionEof = group is null,
            },
            "consumer");
        change?.Invoke(config);
        return new ConsumerBuilder<byte[]?, byte[]?>(config).SetLogHandler(Take).SetErrorHandler(Take)
            .SetKeyDeserializer(BytesOrNull.Instance).SetValueDeserializer(BytesOrNull.Instance);
    }

    public IConsumer<byte[]?, byte[]?> CreateConsumer(string? group, Action<ConsumerConfig>? change = null) => BuildConsumer(group, change).Build();

    public IAdminClient CreateAdmin() =>
        new AdminClientBuilder(Configure(new AdminClientConfig(), "admin")).SetLogHandler(Take).SetErrorHandler(Take).Build();

    private TConfig Configure<TConfig>(TConfig config, string clientId)
        where TConfig : ClientConfig
    {
        config.BootstrapServers = bootstrapServers;
        config.ClientId = clientId;
        config.Debug = Debug;
        config.ReconnectBackoffMs = 20;
        config.ReconnectBackoffMaxMs = 200;
        config.RetryBackoffMs = 20;
        config.RetryBackoffMaxMs = 200;
        config.TopicMetadataRefreshFastIntervalMs = 50;
        return config;
    }

    private void Take(IClient client, LogMessage message) => log.Add(message.Name, $"{message.Level} {message.Facility} {message.Message}");

    private void Take(IClient client, Error error) => log.Add(client.Name, $"ERROR {error.Code} {error.Reason}{(error.IsFatal ? " (fatal)" : "")}");
}
