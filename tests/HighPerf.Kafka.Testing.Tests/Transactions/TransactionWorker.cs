using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>
/// A transactional application: it repeats what can be repeated, loses answers and asks again, begins anew when it is fenced, and sometimes sleeps for longer
/// than its transactions may take.
/// </summary>
internal sealed class TransactionWorker : ITransactionRoutes
{
    public const int TimeoutMs = 3000;

    private const int MaxAttempts = 1000;
    private const string Topic = "t";

    private readonly TestBroker _broker;
    private readonly RawClient[] _clients;
    private readonly RandomSource _random;
    private readonly string _id;
    private readonly TransactionLedger _ledger;
    private readonly TransactionProducer _producer;
    private bool _lostAnAnswer;

    public TransactionWorker(TestBroker broker, RawClient[] clients, RandomSource random, string id, bool isV2, TransactionLedger ledger)
    {
        _broker = broker;
        _clients = clients;
        _random = random;
        _id = id;
        _ledger = ledger;
        _producer = new TransactionProducer(this, id, isV2);
    }

    public async Task RunAsync(int transactions)
    {
        Assert.Equal(ErrorCode.None, await RetryAsync(() => _producer.InitAsync(TimeoutMs)));
        for (int i = 0; i < transactions; i++)
        {
            if (!await RunOneAsync(_ledger.Begin(_id)))
            {
                Assert.Equal(ErrorCode.None, await RetryAsync(() => _producer.InitAsync(TimeoutMs)));
            }

            await PauseAsync(40);
        }
    }

    RawClient ITransactionRoutes.ToCoordinator(string transactionalId) => Of(CoordinatorKind.Transaction, transactionalId);

    RawClient ITransactionRoutes.ToGroup(string groupId) => Of(CoordinatorKind.Group, groupId);

    RawClient ITransactionRoutes.ToLeader(string topic, int partition) => To(_broker.Model.Topics.Find(topic)!.Partitions[partition].LeaderId);

    /// <summary>False when the producer has to be initialised again.</summary>
    private async Task<bool> RunOneAsync(TransactionLedger.Entry entry)
    {
        ErrorCode error = await WriteAsync(entry);
        if (error is ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced)
        {
            return false;
        }

        if (_random.Chance(0.05))
        {
            await _broker.WaitAsync(TimeSpan.FromMilliseconds(2 * TimeoutMs));
        }

        bool commit = error == ErrorCode.None && _random.Chance(0.7);
        _lostAnAnswer = false;
        error = await RetryAsync(() => _producer.EndAsync(commit));
        if (commit)
        {
            entry.Outcome = error == ErrorCode.None ? TransactionLedger.Outcome.Committed
                : _lostAnAnswer ? TransactionLedger.Outcome.Unknown : TransactionLedger.Outcome.NotCommitted;
        }

        return error == ErrorCode.None;
    }

    private async Task<ErrorCode> WriteAsync(TransactionLedger.Entry entry)
    {
        int partitions = _broker.Model.Topics.Find(Topic)!.Partitions.Length;
        for (int batch = 1 + _random.Next(4); batch > 0; batch--)
        {
            int partition = _random.Next(partitions);
            if (!entry.Values.TryGetValue(partition, out List<string>? written))
            {
                entry.Values.Add(partition, written = []);
            }

            string[] values = [.. Enumerable.Range(written.Count, 1 + _random.Next(3)).Select(i => $"{entry.Number}:{i}")];
            ErrorCode error = _producer.IsV2 ? ErrorCode.None : await RetryAsync(() => _producer.AddAsync(Topic, partition));
            error = error == ErrorCode.None ? await ProduceAsync(partition, values) : error;
            if (error != ErrorCode.None)
            {
                return error;
            }

            written.AddRange(values);
            await PauseAsync(20);
        }

        return _random.Chance(0.5) ? await CommitOffsetAsync(entry) : ErrorCode.None;
    }

    private async Task<ErrorCode> ProduceAsync(int partition, string[] values)
    {
        int sequence = _producer.NextSequence(Topic, partition);
        short version = (short)(_producer.IsV2 ? 12 : 10);
        ErrorCode error = await RetryAsync(async () => (await _producer.ProduceAtAsync(Topic, partition, sequence, version, values)).Error);
        if (error == ErrorCode.None)
        {
            _producer.Advance(Topic, partition, values.Length);
        }

        return error;
    }

    private async Task<ErrorCode> CommitOffsetAsync(TransactionLedger.Entry entry)
    {
        string group = TransactionLedger.GroupOf(_id);
        ErrorCode error = _producer.IsV2 ? ErrorCode.None : await RetryAsync(() => _producer.AddOffsetsAsync(group));
        entry.HasOffset = true;
        return error == ErrorCode.None ? await RetryAsync(() => _producer.CommitOffsetAsync(group, Topic, 0, entry.Number)) : error;
    }

    /// <summary>Asks until the answer is a final one. An answer that is lost has had its effect.</summary>
    private async Task<ErrorCode> RetryAsync(Func<Task<ErrorCode>> call)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (_random.Chance(0.15))
            {
                ProducerIdentity before = _producer.Identity;
                await call();
                _producer.Identity = before;
                _lostAnAnswer = true;
                await PauseAsync(30);
                continue;
            }

            ErrorCode error = await call();
            if (error is not (ErrorCode.ConcurrentTransactions or ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotCoordinator
                or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotEnoughReplicas or ErrorCode.NotLeaderOrFollower))
            {
                return error;
            }

            await PauseAsync(50);
        }

        throw new TimeoutException($"{_id} gets no final answer.");
    }

    private Task PauseAsync(int mostMs) => _broker.WaitAsync(TimeSpan.FromMilliseconds(1 + _random.Next(mostMs)));

    private RawClient Of(CoordinatorKind kind, string key) => To(_broker.Model.Coordinators.BrokerOf(kind, CoordinatorTable.SlotOf(key)));

    private RawClient To(int brokerId) => _clients[Math.Max(brokerId, 1) - 1];
}
