using System.Numerics;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// The requests that wait for their answers, oldest first. A broker answers one connection's requests in the order they came, so this is a ring and no
/// dictionary.
/// It grows to its capacity and no further. Owner: one connection, on its loop.
/// </summary>
internal sealed class InFlightRing
{
    private readonly int _capacity;
    private Entry[] _entries;
    private int _head;
    private int _count;

    public InFlightRing(int capacity)
    {
        _capacity = capacity;
        _entries = new Entry[Math.Min(8, BitOperations.RoundUpToPowerOf2((uint)capacity))];
    }

    public int Count => _count;

    /// <summary>How many more fit.</summary>
    public int Free => _capacity - _count;

    /// <summary>The place of the oldest entry, counted from the first that was ever added.</summary>
    public long HeadOrdinal { get; private set; }

    /// <summary>The place the next entry will have.</summary>
    public long TailOrdinal => HeadOrdinal + _count;

    /// <summary>The i-th oldest.</summary>
    public ref Entry this[int index] => ref _entries[(_head + index) & (_entries.Length - 1)];

    public void Add(BrokerRequest request, int correlationId, short version)
    {
        if (_count == _entries.Length)
        {
            Grow();
        }

        ref Entry entry = ref _entries[(_head + _count) & (_entries.Length - 1)];
        entry.Request = request;
        entry.CorrelationId = correlationId;
        entry.Version = version;
        _count++;
    }

    public Entry RemoveOldest()
    {
        ref Entry entry = ref _entries[_head];
        Entry removed = entry;
        entry = default;
        _head = (_head + 1) & (_entries.Length - 1);
        _count--;
        HeadOrdinal++;
        return removed;
    }

    private void Grow()
    {
        Entry[] larger = new Entry[_entries.Length * 2];
        for (int i = 0; i < _count; i++)
        {
            larger[i] = this[i];
        }

        _entries = larger;
        _head = 0;
    }

    internal struct Entry
    {
        public BrokerRequest Request;
        public int CorrelationId;
        public short Version;
    }
}
