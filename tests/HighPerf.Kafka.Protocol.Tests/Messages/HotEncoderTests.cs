using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>The span encoders write the bytes that the generated types write.</summary>
public sealed class HotEncoderTests
{
    private const int Seeds = 60;

    [Fact]
    public void Heartbeat() => ForAll<HeartbeatRequest>(HeartbeatRequestEncoder.MinVersion, HeartbeatRequestEncoder.MaxVersion, static (request, version) =>
    {
        request.GroupInstanceId = NullForEmpty(request.GroupInstanceId);
        byte[] buffer = new byte[HeartbeatRequestEncoder.MaxSize(Utf8(request.GroupId), Utf8(request.MemberId), Utf8(request.GroupInstanceId))];
        KafkaWriter writer = new(buffer);
        HeartbeatRequestEncoder.Write(
            ref writer, version, Utf8(request.GroupId), request.GenerationId, Utf8(request.MemberId), Utf8(request.GroupInstanceId));
        return buffer[..writer.Position];
    });

    [Fact]
    public void Offset_commit() =>
        ForAll<OffsetCommitRequest>(OffsetCommitRequestEncoder.MinVersion, OffsetCommitRequestEncoder.MaxVersion, static (request, version) =>
        {
            request.GroupInstanceId = NullForEmpty(request.GroupInstanceId);
            request.RetentionTimeMs = -1;
            Pieces pieces = new();
            byte[] group = Utf8(request.GroupId);
            byte[] member = Utf8(request.MemberId);
            byte[] instance = Utf8(request.GroupInstanceId);
            pieces.Add(OffsetCommitRequestEncoder.MaxHeadSize(group, member, instance), (ref KafkaWriter writer) => OffsetCommitRequestEncoder.WriteHead(
                ref writer, version, group, request.GenerationIdOrMemberEpoch, member, instance, request.Topics.Count));
            foreach (OffsetCommitRequest.OffsetCommitRequestTopic topic in request.Topics)
            {
                byte[] name = Utf8(topic.Name);
                pieces.Add(OffsetCommitRequestEncoder.MaxTopicHeadSize(name), (ref KafkaWriter writer) =>
                    OffsetCommitRequestEncoder.WriteTopicHead(ref writer, version, name, topic.TopicId, topic.Partitions.Count));
                foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in topic.Partitions)
                {
                    partition.CommittedMetadata ??= "";
                    byte[] metadata = Utf8(partition.CommittedMetadata);
                    pieces.Add(OffsetCommitRequestEncoder.MaxPartitionSize(metadata), (ref KafkaWriter writer) => OffsetCommitRequestEncoder.WritePartition(
                        ref writer, version, partition.PartitionIndex, partition.CommittedOffset, partition.CommittedLeaderEpoch, metadata));
                }

                pieces.Add(OffsetCommitRequestEncoder.MaxTailSize, (ref KafkaWriter writer) => OffsetCommitRequestEncoder.WriteTail(ref writer, version));
            }

            pieces.Add(OffsetCommitRequestEncoder.MaxTailSize, (ref KafkaWriter writer) => OffsetCommitRequestEncoder.WriteTail(ref writer, version));
            return pieces.ToArray();
        });

    [Fact]
    public void Produce() => ForAll<ProduceRequest>(ProduceRequestEncoder.MinVersion, ProduceRequestEncoder.MaxVersion, static (request, version) =>
    {
        request.TransactionalId = NullForEmpty(request.TransactionalId);
        Pieces pieces = new();
        byte[] transactional = Utf8(request.TransactionalId);
        pieces.Add(ProduceRequestEncoder.MaxHeadSize(transactional), (ref KafkaWriter writer) =>
            ProduceRequestEncoder.WriteHead(ref writer, version, transactional, request.Acks, request.TimeoutMs, request.TopicData.Count));
        foreach (ProduceRequest.TopicProduceData topic in request.TopicData)
        {
            byte[] name = Utf8(topic.Name);
            pieces.Add(ProduceRequestEncoder.MaxTopicHeadSize(name), (ref KafkaWriter writer) =>
                ProduceRequestEncoder.WriteTopicHead(ref writer, version, name, topic.TopicId, topic.PartitionData.Count));
            foreach (ProduceRequest.PartitionProduceData partition in topic.PartitionData)
            {
                partition.Records ??= [];
                pieces.Add(ProduceRequestEncoder.MaxPartitionHeadSize, (ref KafkaWriter writer) =>
                    ProduceRequestEncoder.WritePartitionHead(ref writer, version, partition.Index, partition.Records.Length));
                pieces.Add(partition.Records.Length, (ref KafkaWriter writer) => writer.WriteRaw(partition.Records));
                pieces.Add(ProduceRequestEncoder.MaxTailSize, (ref KafkaWriter writer) => ProduceRequestEncoder.WriteTail(ref writer, version));
            }

            pieces.Add(ProduceRequestEncoder.MaxTailSize, (ref KafkaWriter writer) => ProduceRequestEncoder.WriteTail(ref writer, version));
        }

        pieces.Add(ProduceRequestEncoder.MaxTailSize, (ref KafkaWriter writer) => ProduceRequestEncoder.WriteTail(ref writer, version));
        return pieces.ToArray();
    });

    [Fact]
    public void Fetch() => ForAll<FetchRequest>(FetchRequestEncoder.MinVersion, FetchRequestEncoder.MaxVersion, static (request, version) =>
    {
        LikeAConsumer(request);
        Pieces pieces = new();
        pieces.Add(FetchRequestEncoder.MaxHeadSize, (ref KafkaWriter writer) => FetchRequestEncoder.WriteHead(
            ref writer, version, request.MaxWaitMs, request.MinBytes, request.MaxBytes, (byte)request.IsolationLevel, request.SessionId, request.SessionEpoch,
            request.Topics.Count));
        foreach (FetchRequest.FetchTopic topic in request.Topics)
        {
            byte[] name = Utf8(topic.Topic);
            pieces.Add(FetchRequestEncoder.MaxTopicHeadSize(name), (ref KafkaWriter writer) =>
                FetchRequestEncoder.WriteTopicHead(ref writer, version, name, topic.TopicId, topic.Partitions.Count));
            foreach (FetchRequest.FetchPartition partition in topic.Partitions)
            {
                pieces.Add(FetchRequestEncoder.MaxPartitionSize, (ref KafkaWriter writer) => FetchRequestEncoder.WritePartition(
                    ref writer, version, partition.Partition, partition.CurrentLeaderEpoch, partition.FetchOffset, partition.LastFetchedEpoch,
                    partition.PartitionMaxBytes));
            }

            pieces.Add(FetchRequestEncoder.MaxTopicTailSize, (ref KafkaWriter writer) => FetchRequestEncoder.WriteTopicTail(ref writer, version));
        }

        pieces.Add(FetchRequestEncoder.MaxForgottenHeadSize, (ref KafkaWriter writer) =>
            FetchRequestEncoder.WriteForgottenHead(ref writer, version, request.ForgottenTopicsData.Count));
        foreach (FetchRequest.ForgottenTopic topic in request.ForgottenTopicsData)
        {
            byte[] name = Utf8(topic.Topic);
            int size = FetchRequestEncoder.MaxTopicHeadSize(name) + (4 * topic.Partitions.Count) + FetchRequestEncoder.MaxTopicTailSize;
            pieces.Add(size, (ref KafkaWriter writer) =>
                FetchRequestEncoder.WriteForgottenTopic(ref writer, version, name, topic.TopicId, topic.Partitions.ToArray()));
        }

        byte[] rack = Utf8(request.RackId);
        pieces.Add(FetchRequestEncoder.MaxTailSize(rack), (ref KafkaWriter writer) => FetchRequestEncoder.WriteTail(ref writer, version, rack));
        return pieces.ToArray();
    });

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 6)]
    public void An_instance_id_that_the_version_cannot_carry_is_refused(bool heartbeat, short version)
    {
        KafkaException error = Assert.Throws<KafkaException>(() =>
        {
            KafkaWriter writer = new(new byte[100]);
            if (heartbeat)
            {
                HeartbeatRequestEncoder.Write(ref writer, version, "g"u8, 1, "m"u8, "i"u8);
            }
            else
            {
                OffsetCommitRequestEncoder.WriteHead(ref writer, version, "g"u8, 1, "m"u8, "i"u8, 0);
            }
        });

        Assert.Contains($"version {version} cannot carry a group instance id", error.Message);
    }

    /// <summary>What only replicas send stays at its default.</summary>
    private static void LikeAConsumer(FetchRequest request)
    {
        request.ClusterId = null;
        request.ReplicaId = -1;
        request.ReplicaState = new();
        foreach (FetchRequest.FetchPartition partition in request.Topics.SelectMany(static topic => topic.Partitions))
        {
            partition.LogStartOffset = -1;
            partition.ReplicaDirectoryId = Guid.Empty;
            partition.HighWatermark = long.MaxValue;
        }
    }

    private static void ForAll<T>(short minVersion, short maxVersion, Func<T, short, byte[]> encode)
        where T : class, IKafkaMessage<T>
    {
        Assert.Equal((T.MaxVersion, Math.Max(T.MinVersion, minVersion)), (maxVersion, minVersion));
        for (short version = minVersion; version <= maxVersion; version++)
        {
            for (int seed = 0; seed < Seeds; seed++)
            {
                T request = RandomMessage.CreateWithoutUnknownTags<T>(version, seed);
                string actual = Convert.ToHexStringLower(encode(request, version));
                Assert.Equal(MessageVectorTests.EncodeToHex(request, version), actual);
            }
        }
    }

    private static string? NullForEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static byte[] Utf8(string? text) => Encoding.UTF8.GetBytes(text ?? "");

    private delegate void WritePiece(ref KafkaWriter writer);

    /// <summary>Pieces one behind the other, each written into no more room than it says that it takes.</summary>
    private sealed class Pieces
    {
        private readonly List<byte> _bytes = [];

        public void Add(int size, WritePiece write)
        {
            byte[] room = new byte[size];
            KafkaWriter writer = new(room);
            write(ref writer);
            _bytes.AddRange(room.AsSpan(0, writer.Position));
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
