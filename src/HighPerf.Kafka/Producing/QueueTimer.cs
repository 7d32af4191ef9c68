using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>A timer of one partition queue.</summary>
internal sealed class QueueTimer : LoopTimer
{
    private readonly PartitionQueue _queue;
    private readonly Action<PartitionQueue> _onDue;

    public QueueTimer(PartitionQueue queue, Action<PartitionQueue> onDue)
    {
        _queue = queue;
        _onDue = onDue;
    }

    protected internal override void OnDue() => _onDue(_queue);
}
