using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Metadata;

/// <summary>Who wants to hear of new views. Thread-safe: the list is guarded by its gate, and each observer is told on its own loop.</summary>
internal sealed class MetadataObservers
{
    private readonly Lock _gate = new();
    private readonly BrokerPool _pool;

    // Guarded by the gate.
    private readonly List<Registration> _registrations = [];

    public MetadataObservers(BrokerPool pool) => _pool = pool;

    /// <summary>Tells the observer of every view published from now on, until the result is disposed.</summary>
    public IDisposable Add(IMetadataObserver observer, EventLoop loop)
    {
        Registration registration = new(this, observer, loop);
        lock (_gate)
        {
            _registrations.Add(registration);
        }

        return registration;
    }

    /// <summary>A new view was published.</summary>
    public void Notify()
    {
        lock (_gate)
        {
            foreach (Registration registration in _registrations)
            {
                registration.Notify();
            }
        }
    }

    /// <summary>One observer; several views published before its loop gets to it come as one call, with the latest.</summary>
    private sealed class Registration(MetadataObservers observers, IMetadataObserver observer, EventLoop loop) : IThreadPoolWorkItem, IDisposable
    {
        private int _isPosted;
        private volatile bool _isDisposed;

        public void Notify()
        {
            if (Interlocked.Exchange(ref _isPosted, 1) == 0)
            {
                loop.Post(this);
            }
        }

        public void Execute()
        {
            Interlocked.Exchange(ref _isPosted, 0);
            if (!_isDisposed)
            {
                observer.OnMetadataChanged(observers._pool.Metadata);
            }
        }

        public void Dispose()
        {
            _isDisposed = true;
            lock (observers._gate)
            {
                observers._registrations.Remove(this);
            }
        }
    }
}
