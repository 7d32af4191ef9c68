using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Benchmarks.Messages;

/// <summary>
/// Hot messages in the newest version, once by the encoders and views that allocate nothing and once by the generated types. Per partition where the
/// message has partitions: a request or response of ten topics with ten partitions each, so that what is per message weighs little.
/// </summary>
public class HotMessageBenchmarks
{
    private const int Topics = 10;
    private const int PartitionsPerTopic = 10;
    private const int Partitions = Topics * PartitionsPerTopic;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _group = "orders-service"u8.ToArray();
    private readonly byte[] _member = "orders-service-1-01234567-89ab-cdef-0123-456789abcdef"u8.ToArray();
    private readonly Guid _topicId = new("01234567-89ab-cdef-0123-456789abcdef");
    private byte[] _fetchResponse = [];
    private byte[] _produceResponse = [];
    private HeartbeatRequest _heartbeat = new();
    private OffsetCommitRequest _commit = new();

    [GlobalSetup]
    public void SetUp()
    {
        _heartbeat = new() { GroupId = "orders-service", GenerationId = 5, MemberId = "orders-service-1-01234567-89ab-cdef-0123-456789abcdef" };
        _commit = new() { GroupId = _heartbeat.GroupId, GenerationIdOrMemberEpoch = 5, MemberId = _heartbeat.MemberId };
        FetchResponse fetch = new();
        ProduceResponse produce = new();
        for (int i = 0; i < Topics; i++)
        {
            IEnumerable<int> indexes = Enumerable.Range(0, PartitionsPerTopic);
            _commit.Topics.Add(new()
            {
                TopicId = _topicId,
                Partitions = [.. indexes.Select(static index => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = index, CommittedOffset = 1_000_000, CommittedLeaderEpoch = 3, CommittedMetadata = "",
                })],
            });
            fetch.Responses.Add(new()
            {
                TopicId = _topicId,
                Partitions = [.. indexes.Select(static index => new FetchResponse.PartitionData
                {
                    PartitionIndex = index, HighWatermark = 1_000_000, Records = new byte[100],
                })],
            });
            produce.Responses.Add(new()
            {
                TopicId = _topicId,
                PartitionResponses = [.. indexes.Select(static index => new ProduceResponse.PartitionProduceResponse
                {
                    Index = index, BaseOffset = 1_000_000,
                })],
            });
        }

        _fetchResponse = Encode(fetch, FetchResponse.MaxVersion);
        _produceResponse = Encode(produce, ProduceResponse.MaxVersion);
    }

    [Benchmark]
    public int EncodeHeartbeat()
    {
        KafkaWriter writer = new(_buffer);
        HeartbeatRequestEncoder.Write(ref writer, HeartbeatRequestEncoder.MaxVersion, _group, 5, _member, default);
        return writer.Position;
    }

    [Benchmark]
    public int EncodeHeartbeatGenerated()
    {
        KafkaWriter writer = new(_buffer.AsSpan(0, _heartbeat.GetSize(HeartbeatRequest.MaxVersion)));
        _heartbeat.Write(ref writer, HeartbeatRequest.MaxVersion);
        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public int EncodeProduceRequest()
    {
        const short Version = ProduceRequestEncoder.MaxVersion;
        KafkaWriter writer = new(_buffer);
        ProduceRequestEncoder.WriteHead(ref writer, Version, default, -1, 30_000, Topics);
        for (int topic = 0; topic < Topics; topic++)
        {
            ProduceRequestEncoder.WriteTopicHead(ref writer, Version, default, _topicId, PartitionsPerTopic);
            for (int partition = 0; partition < PartitionsPerTopic; partition++)
            {
                ProduceRequestEncoder.WritePartitionHead(ref writer, Version, partition, 100_000);
                ProduceRequestEncoder.WriteTail(ref writer, Version);
            }

            ProduceRequestEncoder.WriteTail(ref writer, Version);
        }

        ProduceRequestEncoder.WriteTail(ref writer, Version);
        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public int EncodeFetchRequest()
    {
        const short Version = FetchRequestEncoder.MaxVersion;
        KafkaWriter writer = new(_buffer);
        FetchRequestEncoder.WriteHead(ref writer, Version, 500, 1, 50_000_000, 1, 7, 8, Topics);
        for (int topic = 0; topic < Topics; topic++)
        {
            FetchRequestEncoder.WriteTopicHead(ref writer, Version, default, _topicId, PartitionsPerTopic);
            for (int partition = 0; partition < PartitionsPerTopic; partition++)
            {
                FetchRequestEncoder.WritePartition(ref writer, Version, partition, 3, 1_000_000, 3, 1_000_000);
            }

            FetchRequestEncoder.WriteTopicTail(ref writer, Version);
        }

        FetchRequestEncoder.WriteForgottenHead(ref writer, Version, 0);
        FetchRequestEncoder.WriteTail(ref writer, Version, default);
        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public int EncodeOffsetCommit()
    {
        const short Version = OffsetCommitRequestEncoder.MaxVersion;
        KafkaWriter writer = new(_buffer);
        OffsetCommitRequestEncoder.WriteHead(ref writer, Version, _group, 5, _member, default, Topics);
        for (int topic = 0; topic < Topics; topic++)
        {
            OffsetCommitRequestEncoder.WriteTopicHead(ref writer, Version, default, _topicId, PartitionsPerTopic);
            for (int partition = 0; partition < PartitionsPerTopic; partition++)
            {
                OffsetCommitRequestEncoder.WritePartition(ref writer, Version, partition, 1_000_000, 3, default);
            }

            OffsetCommitRequestEncoder.WriteTail(ref writer, Version);
        }

        OffsetCommitRequestEncoder.WriteTail(ref writer, Version);
        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public int EncodeOffsetCommitGenerated()
    {
        KafkaWriter writer = new(_buffer.AsSpan(0, _commit.GetSize(OffsetCommitRequest.MaxVersion)));
        _commit.Write(ref writer, OffsetCommitRequest.MaxVersion);
        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public long ReadFetchResponse()
    {
        FetchResponseView view = new(_fetchResponse, FetchResponse.MaxVersion);
        long sum = 0;
        while (view.MoveNextTopic())
        {
            while (view.MoveNextPartition())
            {
                sum += view.HighWatermark + view.RecordsLength;
            }
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public int ReadFetchResponseGenerated()
    {
        KafkaReader reader = new(_fetchResponse);
        return FetchResponse.Read(ref reader, FetchResponse.MaxVersion).Responses.Count;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public long ReadProduceResponse()
    {
        ProduceResponseView view = new(_produceResponse, ProduceResponse.MaxVersion);
        long sum = 0;
        while (view.MoveNextTopic())
        {
            while (view.MoveNextPartition())
            {
                sum += view.BaseOffset;
            }
        }

        view.Finish();
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Partitions)]
    public int ReadProduceResponseGenerated()
    {
        KafkaReader reader = new(_produceResponse);
        return ProduceResponse.Read(ref reader, ProduceResponse.MaxVersion).Responses.Count;
    }

    private static byte[] Encode(IKafkaMessage message, short version)
    {
        byte[] bytes = new byte[message.GetSize(version)];
        KafkaWriter writer = new(bytes);
        message.Write(ref writer, version);
        return bytes;
    }
}
