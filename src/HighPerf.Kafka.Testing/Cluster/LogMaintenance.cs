using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// Looks at all logs every <c>log.retention.check.interval.ms</c>, for what is too old. Rests while there is nothing that time could change. Owner: the
/// cluster's loop.
/// </summary>
internal sealed class LogMaintenance : LoopTimer
{
    private readonly EmbeddedCluster _cluster;

    public LogMaintenance(EmbeddedCluster cluster) => _cluster = cluster;

    /// <summary>There is something that will be too old one day.</summary>
    public void Require()
    {
        if (!IsArmed && !_cluster.IsStopping)
        {
            _cluster.Loop.Arm(this, _cluster.Loop.Now + TimeSpan.FromMilliseconds(_cluster.Configs.GetNumber("log.retention.check.interval.ms")));
        }
    }

    protected internal override void OnDue()
    {
        bool isMoreToCome = false;
        foreach (Topic topic in _cluster.Topics.All)
        {
            foreach (Partition partition in topic.Partitions)
            {
                partition.Maintain(_cluster.NowMs);
                isMoreToCome |= partition.AgesWithTime;
            }
        }

        if (isMoreToCome)
        {
            Require();
        }
    }
}
