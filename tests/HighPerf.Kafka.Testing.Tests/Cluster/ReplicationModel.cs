using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Tests.Cluster;

/// <summary>
/// Does at random what can be done to a replicated partition, and knows what must hold afterwards: what was committed is not lost but by an unclean election or
/// with a disk, epochs rise, the log's bytes are whole, and bytes that were handed out stay as they were.
/// </summary>
internal sealed class ReplicationModel
{
    private readonly TestBroker _broker;
    private readonly Partition _partition;
    private readonly RandomSource _random;
    private readonly List<(long Offset, string Value)> _written = [];
    private readonly List<(byte[] Then, ArraySegment<byte> Now)> _handedOut = [];
    private long _committed;
    private int _epoch;
    private int _leader;
    private int _values;

    public ReplicationModel(TestBroker broker, Partition partition, ulong seed)
    {
        _broker = broker;
        _partition = partition;
        _random = new RandomSource(seed);
        _leader = partition.LeaderId;
    }

    public int Elections { get; private set; }

    public int Losses { get; private set; }

    public async Task StepAsync()
    {
        // What is on this replica is all that an unclean election leaves; -1: nothing may be lost.
        long mayRemain = await OnLoopAsync(Act);
        if (_random.Chance(0.1))
        {
            await _broker.WaitAsync(TimeSpan.FromMilliseconds(_random.Next(20_000)));
        }

        await OnLoopAsync(() => Check(mayRemain));
    }

    private Task<long> OnLoopAsync(Func<long> call) => LoopCall<long>.RunAsync(_broker.Model, call);

    private long Act()
    {
        EmbeddedBroker broker = _broker.Model.Brokers[_random.Next(_broker.Model.Brokers.Count)];
        Replica replica = _partition.ReplicaOn(broker.NodeId)!;
        switch (_random.Next(12))
        {
            case 0:
                _broker.Model.Controller.StopBroker(broker, kill: _random.Chance(0.5));
                return -1;
            case 1 or 2:
                _broker.Model.Controller.StartBroker(broker, keepLogs: true);
                return -1;
            case 3 when !broker.IsRunning && _random.Chance(0.3):
                long left = _partition.LeaderId == Partition.NoLeader && replica.IsInSync ? 0 : -1;
                _broker.Model.Controller.StartBroker(broker, keepLogs: false);
                return left;
            case 4 when broker.NodeId != _partition.LeaderId:
                _partition.PauseReplication(replica);
                return -1;
            case 5:
                _partition.ResumeReplication(replica);
                return -1;
            case 6 when broker.NodeId != _partition.LeaderId:
                _partition.PauseReplication(replica);
                _partition.DropFromInSync(replica);
                return -1;
            case 7 when replica is { IsLive: true, IsInSync: true }:
                _partition.SetLeader(replica);
                return -1;
            case 8 when replica.IsLive && _random.Chance(0.3):
                long remain = replica.LogEndOffset;
                _partition.SetLeader(replica);
                return remain;
            case 9:
                _partition.ElectPreferred();
                return -1;
            default:
                Append();
                return -1;
        }
    }

    private void Append()
    {
        if (_partition.LeaderId == Partition.NoLeader)
        {
            return;
        }

        string[] values = new string[1 + _random.Next(4)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = $"{_values++} {new string('x', _random.Next(3000))}";
        }

        byte[] batch = Batches.Of(values);
        ErrorCode error = _partition.Append(batch, RecordBatchHeader.Read(batch), 0, out AppendedBatch appended, out _);
        Assert.Equal(ErrorCode.None, error);
        _written.RemoveAll(written => written.Offset >= appended.BaseOffset);
        for (int i = 0; i < values.Length; i++)
        {
            _written.Add((appended.BaseOffset + i, values[i]));
        }

        _partition.NotifyAppended();
    }

    private long Check(long mayRemain)
    {
        if (mayRemain >= 0 && mayRemain < _committed)
        {
            _committed = mayRemain;
            Losses++;
        }

        long end = _partition.Log.EndOffset;
        _written.RemoveAll(written => written.Offset >= end);
        Assert.True(_committed <= end, $"{_committed} offsets were committed and there are {end}");
        foreach (Replica replica in _partition.AllReplicas)
        {
            Assert.InRange(replica.LogEndOffset, 0, end);
            Assert.InRange(replica.HighWatermark, 0, replica.LogEndOffset);
            Assert.True(!replica.IsInSync || _partition.LeaderId == Partition.NoLeader || replica.LogEndOffset >= _partition.HighWatermark);
        }

        Assert.NotEmpty(_partition.InSyncReplicas);
        Assert.Equal(_partition.AllReplicas.Where(replica => replica.IsInSync).Select(replica => replica.BrokerId), _partition.InSyncReplicas);
        Assert.True(_partition.LeaderEpoch >= _epoch);
        Assert.True(_partition.LeaderId == _leader || _partition.LeaderEpoch > _epoch);
        Elections += _partition.LeaderEpoch - _epoch;
        _epoch = _partition.LeaderEpoch;
        _leader = _partition.LeaderId;
        if (_leader != Partition.NoLeader)
        {
            Assert.True(_partition.ReplicaOn(_leader) is { IsLive: true, IsInSync: true });
            Assert.True(_partition.HighWatermark >= _committed);
            _committed = _partition.HighWatermark;
        }

        CheckBytes();
        return 0;
    }

    private static ArraySegment<byte> BytesOf(LogSlice slice) => new(slice.Segment.Bytes, slice.Offset, slice.Count);

    private void CheckBytes()
    {
        List<LogSlice> slices = [];
        _partition.Log.Read(0, long.MaxValue, int.MaxValue, wholeFirst: true, slices);
        byte[] bytes = [.. slices.SelectMany(slice => BytesOf(slice))];
        Assert.Equal(_written, Batches.Records(bytes).Select(record => (record.Offset, record.Value)));
        int epoch = -1;
        RecordBatchReader reader = new(bytes);
        while (reader.TryRead(out RecordBatchView batch))
        {
            Assert.True(batch.Header.PartitionLeaderEpoch >= epoch);
            epoch = batch.Header.PartitionLeaderEpoch;
            LeaderEpoch known = _partition.Log.Epochs.EndOf(epoch, _partition.Log.EndOffset);
            Assert.Equal(epoch, known.Epoch);
            Assert.True(known.Offset > batch.Header.LastOffset);
        }

        Assert.All(_handedOut, handed => Assert.True(handed.Then.AsSpan().SequenceEqual(handed.Now)));
        if (slices.Count > 0 && _handedOut.Count < 20 && _random.Chance(0.1))
        {
            slices[^1].Segment.Pin();
            _handedOut.Add(([.. BytesOf(slices[^1])], BytesOf(slices[^1])));
        }
    }
}
