using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Fetching;

/// <summary>
/// Whatever happens to the topics and to the wishes of a client: what it has learned through its session is what a fetch without a session says.
/// </summary>
public sealed class FetchSessionDifferentialTests
{
    private const int Topics = 3;
    private const int Partitions = 4;
    private const int Steps = 250;

    [Theory]
    [InlineData(7, 1)]
    [InlineData(12, 2)]
    [InlineData(12, 3)]
    [InlineData(13, 4)]
    [InlineData(17, 5)]
    [InlineData(17, 6)]
    public void A_session_tells_as_much_as_whole_answers(short version, int seed)
    {
        KafkaTestClusterOptions options = new() { RetentionBytes = 40_000, BrokerSettings = { ["max.incremental.fetch.session.cache.slots"] = "1" } };
        TestBroker.Simulate(broker => RunAsync(broker, version, new RandomSource((ulong)seed)), options, seed: (ulong)seed);
    }

    private static async Task RunAsync(TestBroker broker, short version, RandomSource random)
    {
        RawClient client = await broker.ConnectAsync();
        RawClient whole = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        FetchSessionModel model = new(version);
        int compared = 0;
        for (int step = 0; step < Steps; step++)
        {
            for (int i = random.Next(6); i > 0; i--)
            {
                await ChangeTopicsAsync(broker, producer, random);
            }

            for (int i = random.Next(4); i > 0; i--)
            {
                ChangeWishes(broker, model, random);
            }

            if (random.Chance(0.03))
            {
                // Lose the session in one of the ways there are.
                broker.Broker.FetchSessions.Remove(model.Id);
            }

            int maxBytes = random.Chance(0.5) ? int.MaxValue : 1 + random.Next(3000);
            FetchResponse told = await client.CallAsync(model.Next(maxBytes), version);
            if (model.Take(told))
            {
                Compare(model, await whole.CallAsync(model.Whole(), version), maxBytes, step);
                compared++;
            }
        }

        Assert.InRange(compared, Steps * 8 / 10, Steps);
    }

    private static void Compare(FetchSessionModel model, FetchResponse whole, int maxBytes, int step)
    {
        Assert.Equal(0, whole.ErrorCode);
        Dictionary<(string, Guid, int), FetchResponse.PartitionData> truth = model.Parts(whole).ToDictionary(part => part.Key, part => part.Data);
        Assert.Equal(model.Wanted.Count, truth.Count);
        bool anything = false;
        foreach (((string, Guid, int) partition, FetchResponse.PartitionData data) in truth)
        {
            Assert.True(model.Learned.TryGetValue(partition, out (ErrorCode Error, long, long) learned), $"step {step}: nothing is known of {partition}");

            // A session by ids remembers the name of a topic that is gone, so the error has another name there.
            bool isGone = data.ErrorCode == (short)ErrorCode.UnknownTopicId
                && learned.Error is ErrorCode.InconsistentTopicId or ErrorCode.UnknownTopicOrPartition;
            ErrorCode expected = isGone ? ErrorCode.UnknownTopicId : learned.Error;
            Assert.Equal(((ErrorCode)data.ErrorCode, data.HighWatermark, data.LogStartOffset), (expected, learned.Item2, learned.Item3));
            byte[] records = model.Records.GetValueOrDefault(partition, []);
            anything |= records.Length > 0;
            if (maxBytes == int.MaxValue)
            {
                Assert.Equal(data.Records!, records);
            }
            else
            {
                Assert.Equal(data.Records![..records.Length], records);
            }
        }

        Assert.Equal(truth.Values.Any(data => data.Records!.Length > 0), anything);
    }

    private static async Task ChangeTopicsAsync(TestBroker broker, RawClient producer, RandomSource random)
    {
        string name = $"t{random.Next(Topics)}";
        Topic? topic = broker.Model.Topics.Find(name);
        if (topic is null)
        {
            await broker.CreateTopicAsync(name, 1 + random.Next(Partitions));
        }
        else if (random.Chance(0.03))
        {
            broker.Model.DeleteTopic(topic);
        }
        else
        {
            int partition = random.Next(topic.Partitions.Length);
            await producer.CallAsync(Requests.Produce(name, partition, Batches.OfSize(random.Next(4000))), 9);
        }
    }

    private static void ChangeWishes(TestBroker broker, FetchSessionModel model, RandomSource random)
    {
        string name = $"t{random.Next(Topics)}";
        int partition = random.Next(Partitions);
        Topic? topic = broker.Model.Topics.Find(name);
        if (random.Chance(0.25) && model.Wanted.Count > 0)
        {
            model.Drop(model.Wanted.Keys.ElementAt(random.Next(model.Wanted.Count)));
        }
        else if (random.Chance(0.5) && model.Wanted.Count > 0)
        {
            // Go on behind what is there, or to an offset that may not be there.
            (string Topic, Guid Id, int Partition) wanted = model.Wanted.Keys.ElementAt(random.Next(model.Wanted.Count));
            long end = model.Learned.TryGetValue(wanted, out (ErrorCode, long HighWatermark, long) known) ? Math.Max(known.HighWatermark, 0) : 0;
            model.Want(wanted, random.Chance(0.7) ? end : random.Next((int)end + 2));
        }
        else
        {
            model.Want((name, topic?.Id ?? Requests.NoSuchTopic, partition), topic?.FindPartition(partition)?.Log.StartOffset ?? 0);
        }
    }
}
