using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// What a group has committed, asked for by the application: at the coordinator, tried again while the answer may change by itself, until the client's
/// operation timeout. Stateless between calls.
/// </summary>
internal sealed class CommittedLookup(ClusterClient cluster, string groupId, TimeSpan retryBackoff)
{
    /// <exception cref="KafkaBrokerException">The coordinator refuses, for the group or for a partition.</exception>
    /// <exception cref="KafkaTimeoutException">No coordinator answered in time; says what failed.</exception>
    public async Task<Dictionary<TopicPartition, Found>> FindAsync(List<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        TimeSpan timeout = cluster.Runtime.Options.OperationTimeout;
        TimeSpan deadline = cluster.ControlLoop.Now + timeout;
        KafkaException? last = null;
        while (cluster.ControlLoop.Now < deadline)
        {
            try
            {
                BrokerEndpoint coordinator = await cluster.Coordinators.FindAsync(
                    CoordinatorType.Group, groupId, deadline - cluster.ControlLoop.Now, cancellationToken).ConfigureAwait(false);
                Dictionary<TopicPartition, Found> found =
                    await StoredOffsets.FetchAsync(cluster, coordinator.Id, groupId, partitions, cancellationToken).ConfigureAwait(false);
                last = FirstError(found, partitions, coordinator);
                if (last is null)
                {
                    return found;
                }
            }
            catch (KafkaConnectionException e)
            {
                last = e;
            }

            if (last is KafkaBrokerException { IsRetriable: false })
            {
                throw last;
            }

            await cluster.DelayAsync(retryBackoff, cancellationToken).ConfigureAwait(false);
        }

        throw new KafkaTimeoutException(
            $"The committed offsets of group \"{groupId}\" were not found within {ConnectionErrors.Seconds(timeout)}. {last?.Message}", last);
    }

    // A partition that is not mentioned is an error of that partition (G6).
    private KafkaBrokerException? FirstError(Dictionary<TopicPartition, Found> found, List<TopicPartition> partitions, BrokerEndpoint coordinator)
    {
        foreach (TopicPartition partition in partitions)
        {
            ErrorCode error = found.TryGetValue(partition, out Found one) ? one.Error : ErrorCode.UnknownServerError;
            if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable)
            {
                cluster.Coordinators.Invalidate(CoordinatorType.Group, groupId, coordinator.Id);
            }

            if (error != ErrorCode.None)
            {
                return new KafkaBrokerException(error, ApiKey.OffsetFetch, partition, $"{coordinator}");
            }
        }

        return null;
    }
}
