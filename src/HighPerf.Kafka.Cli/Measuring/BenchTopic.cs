namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>The topic that a load needs.</summary>
internal static class BenchTopic
{
    /// <summary>Makes it where it does not exist: the null broker has every topic; elsewhere the first run makes it.</summary>
    public static async Task RequireAsync(KafkaClient kafka, string name, int partitions, CancellationToken token)
    {
        try
        {
            TopicDescription topic = await kafka.Topics.DescribeAsync(name, token);
            if (topic.Partitions.Count != partitions)
            {
                Console.Error.WriteLine($"hpk: topic {topic.Name} has {topic.Partitions.Count} partitions, not {partitions}");
            }
        }
        catch (KafkaBrokerException e) when (e.Code == ErrorCode.UnknownTopicOrPartition)
        {
            await kafka.Topics.CreateAsync(new NewTopic { Name = name, Partitions = partitions }, token);
        }
    }
}
