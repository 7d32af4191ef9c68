namespace HighPerf.Kafka;

/// <summary>
/// Hears of partitions that a group gives to a consumer and takes from it. Calls come one at a time, on threads of the pool, never on the consumer's own;
/// what they
/// await is bounded by their token. The group waits meanwhile, heartbeats go on. An exception is logged, and the rebalance goes on.
/// </summary>
public interface IRebalanceListener
{
    /// <summary>
    /// New partitions, before anything of them is read: the place to <see cref="KafkaConsumer{TKey, TValue}.Seek"/>. Partitions that are kept are not named
    /// again.
    /// </summary>
    ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Partitions that go to another member. Nothing of them is delivered any more, and nothing of them is in processing unless that took too long.
    /// Committing here
    /// works; what is stored by the end of the call is committed before the partitions are given up.
    /// </summary>
    /// <param name="partitions">Those that are given up.</param>
    /// <param name="cancellationToken">Fires when the rebalance cannot wait any longer.</param>
    ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Partitions that are another member's already, because the group did not hear of this one for too long. Nothing can be committed for them any more.
    /// </summary>
    ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) =>
        OnPartitionsRevokedAsync(partitions, cancellationToken);

    /// <summary>
    /// Records of these partitions were still in processing when the rebalance could not wait any longer: their new owner reads them again. Must not block.
    /// </summary>
    void OnProcessingOverran(IReadOnlyList<TopicPartition> partitions)
    {
    }
}
