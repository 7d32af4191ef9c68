using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// Those who wait until something of the cluster is as they want it. They wait without asking again and again: whoever changes a thing shows it. Waiters
/// continue on the executor, never on the loop. Owner: the cluster's loop, but for <see cref="WaitAsync"/>.
/// </summary>
internal sealed class LoopWaiters<T>
    where T : class
{
    private readonly EmbeddedCluster _cluster;
    private readonly List<Waiter> _waiting = [];

    public LoopWaiters(EmbeddedCluster cluster) => _cluster = cluster;

    /// <summary>Any thread.</summary>
    /// <param name="known">What there is to look at now. Called on the loop.</param>
    /// <param name="wanted">Called on the loop.</param>
    public Task<T> WaitAsync(Func<IEnumerable<T>> known, Func<T, bool> wanted, TimeSpan? timeout)
    {
        Waiter waiter = new(this, known, wanted, timeout);
        _cluster.Loop.Post(waiter);
        return waiter.Task;
    }

    /// <summary>Something has changed.</summary>
    public void Look(T changed)
    {
        for (int i = 0; i < _waiting.Count;)
        {
            if (_waiting[i].Look(changed))
            {
                _waiting.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }
    }

    /// <summary>Nothing will change any more.</summary>
    public void Stop()
    {
        foreach (Waiter waiter in _waiting)
        {
            waiter.Fail(new ObjectDisposedException(nameof(KafkaTestCluster)));
        }

        _waiting.Clear();
    }

    /// <summary>First an item of the loop, which begins to wait, then an item of the executor, which tells.</summary>
    private sealed class Waiter(LoopWaiters<T> owner, Func<IEnumerable<T>> known, Func<T, bool> wanted, TimeSpan? timeout) : LoopTimer, IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<T> _completion = new();
        private T? _found;
        private Exception? _error;

        public Task<T> Task => _completion.Task;

        public bool Look(T changed)
        {
            try
            {
                _found = wanted(changed) ? changed : null;
            }
            catch (Exception error)
            {
                _error = error;
            }

            return IsOver && Tell();
        }

        public void Fail(Exception error)
        {
            _error = error;
            Tell();
        }

        public void Execute()
        {
            if (_found is not null)
            {
                _completion.SetResult(_found);
            }
            else if (_error is not null)
            {
                _completion.SetException(_error);
            }
            else
            {
                Begin();
            }
        }

        protected internal override void OnDue()
        {
            owner._waiting.Remove(this);
            Fail(new TimeoutException($"What was waited for did not come within {timeout}."));
        }

        private bool IsOver => _found is not null || _error is not null;

        private void Begin()
        {
            if (known().Any(Look))
            {
                return;
            }

            if (owner._cluster.IsStopping)
            {
                Fail(new ObjectDisposedException(nameof(KafkaTestCluster)));
                return;
            }

            owner._waiting.Add(this);
            if (timeout is { } time)
            {
                owner._cluster.Loop.Arm(this, owner._cluster.Loop.Now + time);
            }
        }

        private bool Tell()
        {
            owner._cluster.Loop.Disarm(this);
            owner._cluster.Environment.Executor.Queue(this);
            return true;
        }
    }
}
