using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>
/// The waiting fetches for which something changed. They look again in an item of their own, when the item that changed things is through: so a fetch of
/// several partitions sees all that came together, and nobody's handling nests in another's. Owner: the cluster's loop.
/// </summary>
internal sealed class FetchWakeups : IThreadPoolWorkItem
{
    private readonly EventLoop _loop;
    private List<FetchPartitionSet> _queue = [];
    private List<FetchPartitionSet> _waking = [];

    public FetchWakeups(EventLoop loop) => _loop = loop;

    public void Add(FetchPartitionSet set)
    {
        if (set.IsQueued)
        {
            return;
        }

        set.IsQueued = true;
        _queue.Add(set);
        if (_queue.Count == 1)
        {
            _loop.Post(this);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        (_queue, _waking) = (_waking, _queue);
        foreach (FetchPartitionSet set in _waking)
        {
            set.IsQueued = false;
            set.Wake();
        }

        _waking.Clear();
    }
}
