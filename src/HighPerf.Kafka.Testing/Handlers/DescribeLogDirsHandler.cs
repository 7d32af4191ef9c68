using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>How much the broker's replicas hold. Logs lie in memory; clients are told of one directory, as a broker with the default settings has it.</summary>
internal sealed class DescribeLogDirsHandler : RequestHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    /// <summary>What the directory would hold: no disk is asked.</summary>
    private const long TotalBytes = 1L << 40;

    protected override DescribeLogDirsResponse Handle(DescribeLogDirsRequest request, RequestContext context)
    {
        DescribeLogDirsResponse.DescribeLogDirsResult directory = new()
        {
            LogDir = context.Cluster.Configs.Get("log.dir", context.Broker.NodeId),
            TotalBytes = TotalBytes,
        };
        long used = 0;
        foreach (Topic topic in context.Cluster.Topics.All)
        {
            DescribeLogDirsRequest.DescribableLogDirTopic? asked = request.Topics?.Find(wanted => wanted.Topic == topic.Name);
            DescribeLogDirsResponse.DescribeLogDirsTopic described = new() { Name = topic.Name };
            foreach (Partition partition in topic.Partitions)
            {
                if (!partition.Replicas.Contains(context.Broker.NodeId))
                {
                    continue;
                }

                used += partition.Log.SizeInBytes;
                if (request.Topics is null || asked?.Partitions.Contains(partition.Index) == true)
                {
                    described.Partitions.Add(new DescribeLogDirsResponse.DescribeLogDirsPartition
                    {
                        PartitionIndex = partition.Index,
                        PartitionSize = partition.Log.SizeInBytes,
                    });
                }
            }

            if (described.Partitions.Count > 0)
            {
                directory.Topics.Add(described);
            }
        }

        directory.UsableBytes = Math.Max(TotalBytes - used, 0);
        return new DescribeLogDirsResponse { Results = [directory] };
    }

    protected override DescribeLogDirsResponse CreateErrorResponse(DescribeLogDirsRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
