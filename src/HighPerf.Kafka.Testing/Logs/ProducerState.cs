namespace HighPerf.Kafka.Testing.Logs;

/// <summary>One epoch of one producer on one partition: its last five batches, the window in which a repeated batch is recognised.</summary>
internal sealed class ProducerState
{
    private const int Window = 5;

    private readonly AppendedBatch[] _batches = new AppendedBatch[Window];
    private int _count;
    private int _next;

    public ProducerState(short epoch) => Epoch = epoch;

    public short Epoch { get; }

    public int LastSequence { get; private set; }

    public void Add(AppendedBatch batch)
    {
        _batches[_next] = batch;
        _next = (_next + 1) % Window;
        _count = Math.Min(_count + 1, Window);
        LastSequence = batch.LastSequence;
    }

    /// <summary>The batch with exactly these sequence numbers, when it is one of the last five.</summary>
    public AppendedBatch? Find(int firstSequence, int lastSequence)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_batches[i].FirstSequence == firstSequence && _batches[i].LastSequence == lastSequence)
            {
                return _batches[i];
            }
        }

        return null;
    }
}
