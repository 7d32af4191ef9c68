namespace HighPerf.Kafka.Cli.Reading;

/// <summary>Tells people which partitions come and go.</summary>
internal sealed class AssignmentTeller(TextWriter output) : IRebalanceListener
{
    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Tell("reads", partitions);

    public ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) =>
        Tell("gives up", partitions);

    public ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Tell("has lost", partitions);

    private ValueTask Tell(string what, IReadOnlyList<TopicPartition> partitions)
    {
        if (partitions.Count > 0)
        {
            output.WriteLine($"hpk: {what} {string.Join(' ', partitions)}");
        }

        return ValueTask.CompletedTask;
    }
}
