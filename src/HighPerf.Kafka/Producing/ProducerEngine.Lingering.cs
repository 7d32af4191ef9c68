using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Producing;

/// <summary>Partitions whose open batch gathers until its time has come or somebody is in a hurry. Everything here is owned by the loop.</summary>
internal sealed partial class ProducerEngine
{
    private readonly List<PartitionQueue> _lingering = []; // owner: the loop
    private readonly LoopCall _hurry;

    /// <summary>
    /// A partition has lingered long enough. A request goes to its broker now, so what lingers for the same broker goes with it, as the Java client has it: a
    /// trickle over many partitions is one request for each linger time then, and not one for each partition, and no record waits longer.
    /// </summary>
    public void OnLingerDue(PartitionQueue due)
    {
        int leader = due.Topic.Metadata!.LeaderOf(due.Partition);
        int kept = 0;
        int count = _lingering.Count;
        for (int i = 0; i < count; i++)
        {
            PartitionQueue queue = _lingering[i];
            if (queue.Topic.Metadata!.LeaderOf(queue.Partition) != leader)
            {
                _lingering[kept++] = queue;
                continue;
            }

            queue.IsLingering = false;
            Loop.Disarm(queue.Linger);
            queue.StopLingering();
            Route(queue);
        }

        // What lingers anew meanwhile stands behind them.
        _lingering.RemoveRange(kept, count - kept);
        Route(due);
    }

    private void BeginLingering(PartitionQueue queue, TimeSpan until)
    {
        Loop.Arm(queue.Linger, until);
        if (!queue.IsLingering)
        {
            queue.IsLingering = true;
            _lingering.Add(queue);
        }
    }

    // A flush began, or somebody waits for memory: whatever lingers goes now.
    private void StopLingering()
    {
        int count = _lingering.Count;
        for (int i = 0; i < count; i++)
        {
            // Routed while nobody is in a hurry any more, it lingers on and stands in the list again.
            PartitionQueue queue = _lingering[i];
            queue.IsLingering = false;
            Route(queue);
        }

        _lingering.RemoveRange(0, count);
    }

    private void HurryForMemory()
    {
        Interlocked.Exchange(ref _hurrying, 0);
        StopLingering();
    }
}
