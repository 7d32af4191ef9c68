namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>Notes what it hears.</summary>
internal sealed class Listener : IRebalanceListener
{
    public List<string> Heard { get; } = [];

    /// <summary>What to do when partitions are taken.</summary>
    public Func<CancellationToken, ValueTask>? OnRevoked { get; set; }

    /// <summary>What to do when partitions are given.</summary>
    public Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask>? OnAssigned { get; set; }

    public async ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Heard.Add($"assigned {Numbers(partitions)}");
        await (OnAssigned?.Invoke(partitions, cancellationToken) ?? ValueTask.CompletedTask);
    }

    public async ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Heard.Add($"revoked {Numbers(partitions)}");
        await (OnRevoked?.Invoke(cancellationToken) ?? ValueTask.CompletedTask);
    }

    public ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Heard.Add($"lost {Numbers(partitions)}");
        return ValueTask.CompletedTask;
    }

    public void OnProcessingOverran(IReadOnlyList<TopicPartition> partitions) => Heard.Add($"overran {Numbers(partitions)}");

    private static string Numbers(IReadOnlyList<TopicPartition> partitions) => string.Join(',', partitions.Select(p => p.Partition));
}
