using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Fetching;

/// <summary>
/// Scripted brokers whose logs are bytes, with fetch sessions if wanted, a fetch that waits for data, and hooks for whatever a test wants to go wrong; and
/// one consumer.
/// </summary>
internal sealed class FetchWorld
{
    public const string Topic = "orders";

    private readonly SortedDictionary<int, SortedDictionary<int, FetchRequest.FetchPartition>> _sessions = [];
    private readonly List<(ScriptedConnection Connection, ScriptedRequest Request, FetchRequest Asked, int Session)> _parked = [];

    public FetchWorld(Simulation simulation, int brokers, int partitions)
    {
        Simulation = simulation;
        Cluster = new ScriptedCluster(simulation, brokers) { Before = Handle };
        Cluster.AddTopic(Topic, partitions);
        Logs = [.. Enumerable.Repeat(Array.Empty<byte>(), partitions)];
    }

    public Simulation Simulation { get; }

    public ScriptedCluster Cluster { get; }

    public byte[][] Logs { get; }

    public bool KeepsSessions { get; set; } = true;

    public KafkaClient Client { get; private set; } = null!;

    public KafkaConsumer<string, string> Consumer { get; private set; } = null!;

    /// <summary>Every Fetch, in order of arrival.</summary>
    public List<FetchRequest> Fetches { get; } = [];

    /// <summary>Every question where an epoch ends, in order of arrival.</summary>
    public List<OffsetForLeaderEpochRequest.OffsetForLeaderPartition> Checks { get; } = [];

    /// <summary>Answers a partition of a Fetch at a broker (1 is the first); null: from its log.</summary>
    public Func<int, FetchRequest.FetchPartition, FetchResponse.PartitionData?>? OnPartition { get; set; }

    /// <summary>Answers a request before anything else does; true: done.</summary>
    public Func<ScriptedConnection, ScriptedRequest, bool>? Before { get; set; }

    /// <summary>Answers where an epoch ends.</summary>
    public Func<OffsetForLeaderEpochRequest.OffsetForLeaderPartition, OffsetForLeaderEpochResponse.EpochEndOffset> OnCheck { get; set; } =
        static asked => new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = asked.Partition, LeaderEpoch = asked.LeaderEpoch, EndOffset = 1_000_000 };

    public int Sessions => _sessions.Keys.Count(static id => id > 0);

    public static void Run(ulong seed, int brokers, int partitions, ConsumerOptions options, Func<FetchWorld, Task> test)
    {
        Simulation simulation = new(seed);
        FetchWorld world = new(simulation, brokers, partitions);
        simulation.Run(async () =>
        {
            world.Client = simulation.CreateClient(simulation.Options("b1:9092"));
            world.Consumer = world.Client.CreateConsumer<string, string>(options);
            await test(world);
            await world.Consumer.DisposeAsync();
            await simulation.Delay(TimeSpan.FromMilliseconds(50)); // farewells are nobody's to wait for
            await world.Client.DisposeAsync();
            Assert.Equal(0, world.Consumer.Session.BufferedBytes);
            Assert.Equal(0, world.Client.Runtime.Buffers.OutstandingBuffers);
        });
    }

    public static byte[] Batch(long baseOffset, int count, int epoch = 3, int size = 30)
    {
        using PooledBuffer buffer = new(new BufferPool());
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        for (int i = 0; i < count; i++)
        {
            writer.Append(1, default, Encoding.UTF8.GetBytes($"{baseOffset + i} {new string('x', size)}"));
        }

        SealedRecordBatch batch = writer.Seal();
        batch.Stamp(new RecordBatchHeader { BaseOffset = baseOffset, PartitionLeaderEpoch = epoch });
        return batch.Bytes.ToArray();
    }

    /// <summary>Makes another broker the leader, or the same one in a new epoch; told with the next metadata.</summary>
    public void Elect(int partition, int leader, int epoch)
    {
        MetadataResponse.MetadataResponsePartition told = Cluster.Topics[Topic].Partitions[partition];
        told.LeaderId = leader;
        told.LeaderEpoch = epoch;
    }

    /// <summary>Appends, and answers the fetches that waited for it.</summary>
    public void Append(int partition, byte[] batch)
    {
        Logs[partition] = [.. Logs[partition], .. batch];
        foreach ((ScriptedConnection connection, ScriptedRequest request, FetchRequest asked, int session) in _parked.ToArray())
        {
            On(connection, () => TryAnswer(connection, request, asked, session, isLast: false));
        }
    }

    /// <summary>Runs where the connection may be used.</summary>
    public void On(ScriptedConnection connection, Action action) => LoopCall.Post(BrokerOf(connection).Loop, action);

    /// <summary>The next record, whatever partition it is of.</summary>
    public async Task<ConsumedRecord<string, string>> NextAsync()
    {
        while (await Consumer.WaitToReadAsync())
        {
            if (Consumer.TryRead(out ConsumedRecord<string, string> record))
            {
                return record;
            }
        }

        throw new InvalidOperationException("The consumer was closed.");
    }

    /// <summary>What the next reads bring, one offset after the other.</summary>
    public async Task ExpectAsync(long from, long to)
    {
        for (long offset = from; offset < to; offset++)
        {
            Assert.Equal(offset, (await NextAsync()).Offset);
        }
    }

    /// <summary>Lets time pass, and expects no record in it.</summary>
    public async Task ExpectNothingAsync(TimeSpan time)
    {
        await Simulation.Delay(time);
        Assert.False(Consumer.TryRead(out _));
    }

    private bool Handle(ScriptedConnection connection, ScriptedRequest request)
    {
        if (Before?.Invoke(connection, request) == true)
        {
            return true;
        }

        switch (request.ApiKey)
        {
            case ApiKey.Fetch:
                OnFetch(connection, request);
                return true;
            case ApiKey.OffsetForLeaderEpoch:
                connection.Answer(request, Check(request.Message<OffsetForLeaderEpochRequest>()));
                return true;
            case ApiKey.ListOffsets:
                connection.Answer(request, Beginning(request.Message<ListOffsetsRequest>()));
                return true;
            default:
                return false;
        }
    }

    public OffsetForLeaderEpochResponse Check(OffsetForLeaderEpochRequest asked)
    {
        OffsetForLeaderEpochResponse answer = new();
        foreach (OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic in asked.Topics)
        {
            Checks.AddRange(topic.Partitions);
            answer.Topics.Add(new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = topic.Topic });
            answer.Topics[^1].Partitions.AddRange(topic.Partitions.Select(OnCheck));
        }

        return answer;
    }

    private static ListOffsetsResponse Beginning(ListOffsetsRequest asked)
    {
        ListOffsetsResponse found = new();
        foreach (ListOffsetsRequest.ListOffsetsTopic topic in asked.Topics)
        {
            found.Topics.Add(new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name });
            found.Topics[^1].Partitions.AddRange(topic.Partitions.Select(static p =>
                new ListOffsetsResponse.ListOffsetsPartitionResponse { PartitionIndex = p.PartitionIndex, Offset = 0 }));
        }

        return found;
    }

    private void OnFetch(ScriptedConnection connection, ScriptedRequest request)
    {
        FetchRequest asked = request.Message<FetchRequest>();
        Fetches.Add(asked);
        if (asked.SessionEpoch == -1 && asked.SessionId != 0)
        {
            _sessions.Remove(asked.SessionId);
            connection.Answer(request, new FetchResponse());
            return;
        }

        int id = asked.SessionId;
        if (asked.SessionEpoch == 0)
        {
            _sessions.Remove(id);
            id = KeepsSessions ? 100 + Fetches.Count : -Fetches.Count;
            _sessions[id] = [];
        }
        else if (!_sessions.ContainsKey(id))
        {
            connection.Answer(request, new FetchResponse { ErrorCode = (short)ErrorCode.FetchSessionIdNotFound });
            return;
        }

        foreach (FetchRequest.FetchPartition partition in asked.Topics.SelectMany(static topic => topic.Partitions))
        {
            _sessions[id][partition.Partition] = partition;
        }

        foreach (int partition in asked.ForgottenTopicsData.SelectMany(static topic => topic.Partitions))
        {
            Assert.True(_sessions[id].Remove(partition), "what is forgotten was there");
        }

        _parked.Add((connection, request, asked, id));
        if (!TryAnswer(connection, request, asked, id, isLast: asked.MaxWaitMs == 0))
        {
            _ = EndParkingAsync(connection, request, asked, id);
        }
    }

    private async Task EndParkingAsync(ScriptedConnection connection, ScriptedRequest request, FetchRequest asked, int session)
    {
        await Simulation.Delay(TimeSpan.FromMilliseconds(asked.MaxWaitMs));
        On(connection, () => TryAnswer(connection, request, asked, session, isLast: true));
    }

    private ScriptedBroker BrokerOf(ScriptedConnection connection) => Cluster.Brokers.Single(broker => broker.Connections.Contains(connection));

    private bool TryAnswer(ScriptedConnection connection, ScriptedRequest request, FetchRequest asked, int session, bool isLast)
    {
        int place = _parked.FindIndex(parked => parked.Request == request);
        if (place < 0 || connection.IsClosed || !_sessions.TryGetValue(session, out SortedDictionary<int, FetchRequest.FetchPartition>? partitions))
        {
            return true;
        }

        FetchResponse answer = new() { SessionId = Math.Max(session, 0) };
        FetchResponse.FetchableTopicResponse told = new() { Topic = Topic, TopicId = Cluster.Topics[Topic].TopicId };
        int broker = 1 + Cluster.Brokers.IndexOf(BrokerOf(connection));
        bool isFull = asked.SessionEpoch == 0;
        bool any = false;
        int room = asked.MaxBytes;
        foreach (FetchRequest.FetchPartition partition in partitions.Values)
        {
            FetchResponse.PartitionData data = OnPartition?.Invoke(broker, partition) ?? Read(partition, room, isFirst: !any);
            bool isNews = data.ErrorCode != 0 || data.Records?.Length > 0 || data.DivergingEpoch.Epoch >= 0 || data.PreferredReadReplica >= 0;
            room -= data.Records?.Length ?? 0;
            any |= isNews;
            if (isFull || isNews)
            {
                told.Partitions.Add(data);
            }
        }

        if (!any && !isLast)
        {
            return false;
        }

        if (told.Partitions.Count > 0)
        {
            answer.Responses.Add(told);
        }

        _parked.RemoveAt(place);
        connection.Answer(request, answer);
        return true;
    }

    // As a broker does: whole batches while they fit, and always one if it is the first of the answer (KIP-74).
    private FetchResponse.PartitionData Read(FetchRequest.FetchPartition asked, int room, bool isFirst)
    {
        byte[] log = Logs[asked.Partition];
        int begin = -1;
        int end = 0;
        RecordBatchReader reader = new(log);
        while (reader.TryRead(out RecordBatchView batch))
        {
            if (batch.Header.LastOffset < asked.FetchOffset)
            {
                continue;
            }

            begin = begin < 0 ? batch.Position : begin;
            if (reader.Position - begin > Math.Min(room, asked.PartitionMaxBytes) && !(isFirst && end == 0))
            {
                break;
            }

            end = reader.Position;
        }

        return new FetchResponse.PartitionData { PartitionIndex = asked.Partition, Records = end > 0 ? log[begin..end] : [] };
    }
}
