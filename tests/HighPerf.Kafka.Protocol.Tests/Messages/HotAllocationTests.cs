using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>Encoding and reading the hot messages allocates nothing, in any version.</summary>
public sealed class HotAllocationTests
{
    private static readonly Guid s_topicId = new("01234567-89ab-cdef-0123-456789abcdef");

    private readonly int[] _forgotten = [1, 2, 3];
    private readonly byte[] _buffer = new byte[4096];

    [Fact]
    public void Encoding_a_heartbeat_allocates_nothing() => AssertNothing(
        HeartbeatRequestEncoder.MinVersion,
        HeartbeatRequestEncoder.MaxVersion,
        version =>
        {
            KafkaWriter writer = new(_buffer);
            HeartbeatRequestEncoder.Write(ref writer, version, "group"u8, 5, "member"u8, version >= 3 ? "instance"u8 : default);
        });

    [Fact]
    public void Encoding_an_offset_commit_allocates_nothing() => AssertNothing(
        OffsetCommitRequestEncoder.MinVersion,
        OffsetCommitRequestEncoder.MaxVersion,
        version =>
        {
            KafkaWriter writer = new(_buffer);
            OffsetCommitRequestEncoder.WriteHead(ref writer, version, "group"u8, 5, "member"u8, default, 1);
            OffsetCommitRequestEncoder.WriteTopicHead(ref writer, version, "topic"u8, s_topicId, 3);
            for (int partition = 0; partition < 3; partition++)
            {
                OffsetCommitRequestEncoder.WritePartition(ref writer, version, partition, 1000, 7, "metadata"u8);
            }

            OffsetCommitRequestEncoder.WriteTail(ref writer, version);
            OffsetCommitRequestEncoder.WriteTail(ref writer, version);
        });

    [Fact]
    public void Encoding_a_produce_request_allocates_nothing() => AssertNothing(
        ProduceRequestEncoder.MinVersion,
        ProduceRequestEncoder.MaxVersion,
        version =>
        {
            KafkaWriter writer = new(_buffer);
            ProduceRequestEncoder.WriteHead(ref writer, version, "transaction"u8, -1, 30_000, 1);
            ProduceRequestEncoder.WriteTopicHead(ref writer, version, "topic"u8, s_topicId, 1);
            ProduceRequestEncoder.WritePartitionHead(ref writer, version, 3, 1_000_000);
            ProduceRequestEncoder.WriteTail(ref writer, version);
            ProduceRequestEncoder.WriteTail(ref writer, version);
            ProduceRequestEncoder.WriteTail(ref writer, version);
        });

    [Fact]
    public void Encoding_a_fetch_request_allocates_nothing() => AssertNothing(
        FetchRequestEncoder.MinVersion,
        FetchRequestEncoder.MaxVersion,
        version =>
        {
            KafkaWriter writer = new(_buffer);
            FetchRequestEncoder.WriteHead(ref writer, version, 500, 1, 50_000_000, 1, 3, 4, 1);
            FetchRequestEncoder.WriteTopicHead(ref writer, version, "topic"u8, s_topicId, 1);
            FetchRequestEncoder.WritePartition(ref writer, version, 3, 4, 1_000_000, 4, 1_000_000);
            FetchRequestEncoder.WriteTopicTail(ref writer, version);
            FetchRequestEncoder.WriteForgottenHead(ref writer, version, version >= 7 ? 1 : 0);
            if (version >= 7)
            {
                FetchRequestEncoder.WriteForgottenTopic(ref writer, version, "topic"u8, s_topicId, _forgotten);
            }

            FetchRequestEncoder.WriteTail(ref writer, version, "rack"u8);
        });

    [Fact]
    public void Reading_a_fetch_response_allocates_nothing()
    {
        byte[][] bodies = Bodies<FetchResponse>();
        AssertNothing(FetchResponse.MinVersion, FetchResponse.MaxVersion, version =>
        {
            FetchResponseView view = new(bodies[version], version);
            long sum = 0;
            while (view.MoveNextTopic())
            {
                sum += view.TopicName.Length;
                while (view.MoveNextPartition())
                {
                    sum += view.HighWatermark + view.RecordsLength;
                    for (int i = 0; i < view.AbortedCount; i++)
                    {
                        sum += view.Aborted(i).FirstOffset;
                    }
                }
            }

            _buffer[0] = (byte)sum;
        });
    }

    [Fact]
    public void Reading_a_produce_response_allocates_nothing()
    {
        byte[][] bodies = Bodies<ProduceResponse>();
        AssertNothing(ProduceResponse.MinVersion, ProduceResponse.MaxVersion, version =>
        {
            ProduceResponseView view = new(bodies[version], version);
            long sum = 0;
            while (view.MoveNextTopic())
            {
                while (view.MoveNextPartition())
                {
                    sum += view.BaseOffset + view.ErrorMessage.Length;
                }
            }

            view.Finish();
            _buffer[0] = (byte)(sum + view.ThrottleTimeMs);
        });
    }

    /// <summary>By version, with at least one partition.</summary>
    private static byte[][] Bodies<T>()
        where T : class, IKafkaMessage<T>
    {
        byte[][] bodies = new byte[T.MaxVersion + 1][];
        for (short version = T.MinVersion; version <= T.MaxVersion; version++)
        {
            int seed = 0;
            do
            {
                T response = RandomMessage.Create<T>(version, seed++);
                bodies[version] = Convert.FromHexString(MessageVectorTests.EncodeToHex(response, version));
            }
            while (bodies[version].Length < 300);
        }

        return bodies;
    }

    private static void AssertNothing(short minVersion, short maxVersion, Action<short> action)
    {
        for (short version = minVersion; version <= maxVersion; version++)
        {
            action(version);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++)
            {
                action(version);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated == 0, $"version {version} allocates {allocated / 10} bytes");
        }
    }
}
