namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>Records of the tests into Confluent.Kafka and out of it.</summary>
internal static class ConfluentRecords
{
    /// <summary>Sends all and waits for every acknowledgement; the offsets of a partition rise by one in the order of sending.</summary>
    public static async Task<List<DeliveryResult<byte[]?, byte[]?>>> SendAsync(
        IProducer<byte[]?, byte[]?> producer, string topic, IEnumerable<PeerRecord> records, CancellationToken limit)
    {
        List<Task<DeliveryResult<byte[]?, byte[]?>>> sends = [];
        foreach (PeerRecord record in records)
        {
            sends.Add(producer.ProduceAsync(new TopicPartition(topic, record.Partition), ToMessage(record), limit));
        }

        List<DeliveryResult<byte[]?, byte[]?>> results = [.. await Task.WhenAll(sends)];
        Assert.All(results, static result => Assert.Equal(PersistenceStatus.Persisted, result.Status));
        foreach (IGrouping<int, DeliveryResult<byte[]?, byte[]?>> partition in results.GroupBy(static result => result.Partition.Value))
        {
            long first = partition.First().Offset;
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(i => first + i), partition.Select(static result => result.Offset.Value));
        }

        return results;
    }

    /// <summary>Reads all partitions from their beginning to their present end; by partition, then offset.</summary>
    public static List<PeerRecord> ReadAll(
        ConfluentClients clients, string topic, int partitions, CancellationToken limit, Action<ConsumerConfig>? change = null)
    {
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null, config =>
        {
            config.IsolationLevel = IsolationLevel.ReadUncommitted;
            config.FetchMaxBytes = 64 * 1024 * 1024;
            change?.Invoke(config);
        });
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        List<PeerRecord> records = [];
        for (int ended = 0; ended < partitions;)
        {
            ConsumeResult<byte[]?, byte[]?> result = consumer.Consume(limit);
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                records.Add(ToRecord(result));
            }
        }

        return [.. records.OrderBy(static record => record.Partition).ThenBy(static record => record.Offset)];
    }

    public static PeerRecord ToRecord(ConsumeResult<byte[]?, byte[]?> result) => new(
        result.Partition, result.Message.Key, result.Message.Value, result.Message.Timestamp.UnixTimestampMs,
        [.. result.Message.Headers.Select(static header => (header.Key, (byte[]?)header.GetValueBytes()))]) { Offset = result.Offset };

    private static Message<byte[]?, byte[]?> ToMessage(PeerRecord record)
    {
        Headers headers = [];
        foreach ((string name, byte[]? value) in record.Headers)
        {
            headers.Add(name, value);
        }

        Timestamp timestamp = new(record.Timestamp, TimestampType.CreateTime);
        return new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value, Timestamp = timestamp, Headers = headers };
    }
}
