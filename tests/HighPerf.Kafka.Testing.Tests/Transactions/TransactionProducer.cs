using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>
/// A transactional producer that only speaks: one call per request, in the versions of transactions v1 (up to Kafka 3.9) or v2 (KIP-890), with sequence numbers
/// as a real one counts them. It retries nothing.
/// </summary>
internal sealed class TransactionProducer
{
    private readonly ITransactionRoutes _routes;
    private readonly string _id;
    private readonly Dictionary<(string, int), int> _sequences = [];
    private ProducerIdentity _identity = ProducerIdentity.None;

    public TransactionProducer(RawClient client, string id, bool isV2 = false)
        : this(new SingleRoute(client), id, isV2)
    {
    }

    public TransactionProducer(ITransactionRoutes routes, string id, bool isV2)
    {
        _routes = routes;
        _id = id;
        IsV2 = isV2;
    }

    public bool IsV2 { get; }

    public ProducerIdentity Identity
    {
        get => _identity;
        set
        {
            if (value != _identity)
            {
                _sequences.Clear();
            }

            _identity = value;
        }
    }

    /// <summary>A client with an initialised producer.</summary>
    public static async Task<TransactionProducer> StartAsync(TestBroker broker, string id, bool isV2 = false, int timeoutMs = 60_000)
    {
        TransactionProducer producer = new(await broker.ConnectAsync(), id, isV2);
        Assert.Equal(ErrorCode.None, await producer.InitAsync(timeoutMs));
        return producer;
    }

    public async Task<ErrorCode> InitAsync(int timeoutMs = 60_000, ProducerIdentity? expected = null, short? version = null)
    {
        InitProducerIdRequest request = new()
        {
            TransactionalId = _id,
            TransactionTimeoutMs = timeoutMs,
            ProducerId = expected?.Id ?? -1,
            ProducerEpoch = expected?.Epoch ?? -1,
        };
        InitProducerIdResponse response = await _routes.ToCoordinator(_id).CallAsync(request, version ?? (short)(IsV2 ? 5 : 4));
        if (response.ErrorCode == 0)
        {
            Identity = new ProducerIdentity(response.ProducerId, response.ProducerEpoch);
        }
        else
        {
            Assert.Equal((-1L, (short)-1), (response.ProducerId, response.ProducerEpoch));
        }

        return (ErrorCode)response.ErrorCode;
    }

    public async Task<ErrorCode> AddAsync(string topic, int partition, short version = 3)
    {
        AddPartitionsToTxnRequest request = new()
        {
            V3AndBelowTransactionalId = _id,
            V3AndBelowProducerId = Identity.Id,
            V3AndBelowProducerEpoch = Identity.Epoch,
            V3AndBelowTopics = [new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic { Name = topic, Partitions = [partition] }],
        };
        AddPartitionsToTxnResponse response = await _routes.ToCoordinator(_id).CallAsync(request, version);
        AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult result = Assert.Single(response.ResultsByTopicV3AndBelow);
        return (ErrorCode)Assert.Single(result.ResultsByPartition).PartitionErrorCode;
    }

    /// <summary>Produces one batch; the sequence number goes on only when it is taken.</summary>
    public async Task<ErrorCode> ProduceAsync(string topic, int partition, params string[] values)
    {
        int sequence = NextSequence(topic, partition);
        (ErrorCode error, _) = await ProduceAtAsync(topic, partition, sequence, (short)(IsV2 ? 12 : 10), values);
        if (error == ErrorCode.None)
        {
            Advance(topic, partition, values.Length);
        }

        return error;
    }

    public async Task<(ErrorCode Error, long Offset)> ProduceAtAsync(string topic, int partition, int sequence, short version, params string[] values)
    {
        ProduceResponse response = await _routes.ToLeader(topic, partition).CallAsync(Produce(topic, partition, sequence, values), version);
        return ((ErrorCode)response.Single().ErrorCode, response.Single().BaseOffset);
    }

    public ProduceRequest Produce(string topic, int partition, int sequence, params string[] values)
    {
        ProduceRequest request = Requests.Produce(topic, partition, Batch(sequence, values));
        request.TransactionalId = _id;
        return request;
    }

    public int NextSequence(string topic, int partition) => _sequences.GetValueOrDefault((topic, partition));

    public void Advance(string topic, int partition, int count) => _sequences[(topic, partition)] = NextSequence(topic, partition) + count;

    /// <summary>Begins what a transaction does: v1 says it first, v2 just writes.</summary>
    public async Task WriteAsync(string topic, int partition, params string[] values)
    {
        if (!IsV2)
        {
            Assert.Equal(ErrorCode.None, await AddAsync(topic, partition));
        }

        Assert.Equal(ErrorCode.None, await ProduceAsync(topic, partition, values));
    }

    public async Task<ErrorCode> EndAsync(bool commit, short? version = null)
    {
        EndTxnRequest request = new() { TransactionalId = _id, ProducerId = Identity.Id, ProducerEpoch = Identity.Epoch, Committed = commit };
        EndTxnResponse response = await _routes.ToCoordinator(_id).CallAsync(request, version ?? (short)(IsV2 ? 5 : 4));
        if (response.ErrorCode == 0 && response.ProducerId >= 0)
        {
            Identity = new ProducerIdentity(response.ProducerId, response.ProducerEpoch);
        }

        return (ErrorCode)response.ErrorCode;
    }

    public async Task<ErrorCode> AddOffsetsAsync(string group, short version = 3)
    {
        AddOffsetsToTxnRequest request = new() { TransactionalId = _id, ProducerId = Identity.Id, ProducerEpoch = Identity.Epoch, GroupId = group };
        return (ErrorCode)(await _routes.ToCoordinator(_id).CallAsync(request, version)).ErrorCode;
    }

    public async Task<ErrorCode> CommitOffsetAsync(
        string group, string topic, int partition, long offset, int generation = -1, string member = "", short? version = null, string metadata = "")
    {
        TxnOffsetCommitRequest request = new()
        {
            TransactionalId = _id,
            GroupId = group,
            ProducerId = Identity.Id,
            ProducerEpoch = Identity.Epoch,
            GenerationIdOrMemberEpoch = generation,
            MemberId = member,
            Topics =
            [
                new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
                {
                    Name = topic,
                    Partitions =
                    [
                        new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition
                        {
                            PartitionIndex = partition,
                            CommittedOffset = offset,
                            CommittedMetadata = metadata,
                        },
                    ],
                },
            ],
        };
        TxnOffsetCommitResponse response = await _routes.ToGroup(group).CallAsync(request, version ?? (short)(IsV2 ? 5 : 3));
        return (ErrorCode)Assert.Single(Assert.Single(response.Topics).Partitions).ErrorCode;
    }

    /// <summary>A batch of this producer's epoch; transactional unless said otherwise.</summary>
    public byte[] Batch(int sequence, string[] values, short attributes = RecordBatchHeader.TransactionalFlag) =>
        Batches.Of(values, 1000, null, new RecordBatchHeader
        {
            ProducerId = Identity.Id,
            ProducerEpoch = Identity.Epoch,
            BaseSequence = sequence,
            Attributes = attributes,
        });
}
