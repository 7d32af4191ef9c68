namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>Five bytes for each record of one sender and key: what the sender was told, and where the log has it.</summary>
internal sealed class StressKey
{
    private readonly Lock _lock = new();
    private readonly List<SendState> _states = []; // owner: _lock
    private readonly List<int> _acknowledgedAt = []; // owner: _lock
    private readonly List<int> _foundAt = []; // owner: the cluster's loop

    /// <summary>The number of the next record. Owner: the sender.</summary>
    public int Next => _states.Count;

    /// <summary>How many were told to be written.</summary>
    public int Acknowledged => _states.Count(static state => state == SendState.Acknowledged);

    /// <summary>How many were told to have failed.</summary>
    public int Failed => _states.Count(static state => state is SendState.NotWritten or SendState.MaybeWritten);

    public void Sent(SendState state)
    {
        lock (_lock)
        {
            _states.Add(state);
            _acknowledgedAt.Add(-1);
        }
    }

    /// <summary>What became of one that is awaited. False: it was told before. Any thread.</summary>
    public bool Told(int sequence, SendState state, long offset = -1)
    {
        lock (_lock)
        {
            bool isFirst = _states[sequence] == SendState.Awaited;
            _states[sequence] = state;
            _acknowledgedAt[sequence] = (int)offset;
            return isFirst;
        }
    }

    public bool Told(int sequence, Exception error) =>
        Told(sequence, error is KafkaProduceException { Outcome: DeliveryOutcome.NotWritten } ? SendState.NotWritten : SendState.MaybeWritten);

    /// <summary>The log has a record. In the order of the log.</summary>
    public void Found(in StressContent record, long offset, StressPromise promise)
    {
        if (record.Sequence < _foundAt.Count)
        {
            bool isAgain = _foundAt[record.Sequence] >= 0;
            Assert.True(promise.MayDouble || !isAgain, $"{record} is in the log at {_foundAt[record.Sequence]} and at {offset}");
            Assert.True(promise.MayReorder || isAgain, $"{record} stands at {offset}, behind younger ones");
            _foundAt[record.Sequence] = isAgain ? _foundAt[record.Sequence] : (int)offset;
            return;
        }

        while (_foundAt.Count < record.Sequence)
        {
            _foundAt.Add(-1);
        }

        _foundAt.Add((int)offset);
    }

    /// <summary>At the end: what was told, beside what is there.</summary>
    public void Check(int sender, int key, StressPromise promise)
    {
        Assert.True(_foundAt.Count <= _states.Count, $"sender {sender} did not send record {_foundAt.Count - 1} of key {key}");
        for (int i = 0; i < _states.Count; i++)
        {
            StressContent record = new(sender, key, i);
            SendState state = _states[i];
            int found = i < _foundAt.Count ? _foundAt[i] : -1;
            Assert.True(state != SendState.Awaited, $"{record} was never told");
            Assert.False(state == SendState.NotWritten && found >= 0, $"{record} was told as not written and is at {found}");
            if (state == SendState.Acknowledged && promise.KeepsAcknowledged)
            {
                Assert.True(found >= 0, $"{record} was acknowledged and is not in the log");
                bool isThere = promise.MayDouble || _acknowledgedAt[i] < 0 || _acknowledgedAt[i] == found;
                Assert.True(isThere, $"{record} was acknowledged at {_acknowledgedAt[i]} and is at {found}");
            }

            bool isKept = !promise.KeepsTaken || state is SendState.Acknowledged or SendState.Detached || (state == SendState.Taken && found >= 0);
            Assert.True(isKept, $"{record} was taken, nothing refused it, and it is {state}");
        }
    }
}
