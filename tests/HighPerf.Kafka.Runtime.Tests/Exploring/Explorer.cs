namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>
/// Runs two or three threads over a lock-free primitive in every order, up to a number of preemptions. Only the thread that has the baton runs; at
/// each yield point the explorer decides who goes on. Orders are walked depth first: a run replays the decisions of the last but for the deepest that
/// has an alternative left.
/// </summary>
/// <remarks>
/// A thread may wait for a condition; it is passed over while the condition is false. When every thread that is left waits, the order is a deadlock:
/// that is how a lost wake-up shows. Memory is seen in the order of the baton, so this finds wrong interleavings, not missing fences; those are
/// argued in the primitives' remarks.
/// </remarks>
internal sealed class Explorer
{
    private readonly int _maxPreemptions;
    private readonly List<(int Chosen, int Options)> _path = [];
    private readonly List<int> _options = [];
    private readonly SemaphoreSlim _finished = new(0);
    private Slot[] _threads = [];
    private int _depth;
    private int _preemptions;
    private Exception? _failure;

    [ThreadStatic]
    private static Slot? _current;

    private Explorer(int maxPreemptions)
    {
        _maxPreemptions = maxPreemptions;
    }

    /// <summary>Tries every order; returns how many there were.</summary>
    /// <param name="maxPreemptions">How often a thread that could go on is stopped in favour of another, in one order.</param>
    /// <param name="scenario">Makes the threads of one run and what must hold at its end.</param>
    public static int Explore(int maxPreemptions, Func<Explorer, (Action[] Threads, Action Check)> scenario)
    {
        Explorer explorer = new(maxPreemptions);
        int runs = 0;
        do
        {
            (Action[] threads, Action check) = scenario(explorer);
            explorer.RunOnce(threads);
            check();
            runs++;
        }
        while (explorer.NextPath());

        explorer.EndThreads();
        return runs;
    }

    /// <summary>A place where another thread may come in.</summary>
    public void Yield()
    {
        if (_current is { } slot)
        {
            PassOn(slot);
        }
    }

    /// <summary>Holds the calling thread until the condition is true.</summary>
    public void WaitUntil(Func<bool> condition)
    {
        Slot slot = _current!;
        slot.Condition = condition;
        PassOn(slot);
        slot.Condition = null;
    }

    private void RunOnce(Action[] actions)
    {
        if (_threads.Length == 0)
        {
            _threads = [.. actions.Select((_, index) => new Slot(this, index))];
        }

        _depth = 0;
        _preemptions = 0;
        for (int i = 0; i < actions.Length; i++)
        {
            _threads[i].Begin(actions[i]);
        }

        Choose(null)!.Baton.Release();
        _finished.Wait();
        if (_failure is not null)
        {
            string order = string.Join(' ', _path.Select(step => step.Chosen));
            throw new InvalidOperationException($"Order [{order}]: {_failure.Message}", _failure);
        }
    }

    private void PassOn(Slot from)
    {
        Slot? next = Choose(from);
        if (next is null)
        {
            _failure ??= new InvalidOperationException("Every thread that is left waits: a wake-up was lost.");
            _finished.Release();
            from.Baton.Wait();
            return;
        }

        if (!ReferenceEquals(next, from))
        {
            next.Baton.Release();
            from.Baton.Wait();
        }
    }

    private void End(Slot slot, Exception? error)
    {
        slot.IsDone = true;
        _failure ??= error;
        Slot? next = _failure is null ? Choose(null) : null;
        if (next is not null)
        {
            next.Baton.Release();
            return;
        }

        if (_failure is null && Array.Exists(_threads, thread => !thread.IsDone))
        {
            _failure = new InvalidOperationException("Every thread that is left waits: a wake-up was lost.");
        }

        _finished.Release();
    }

    private Slot? Choose(Slot? running)
    {
        _options.Clear();
        bool canGoOn = running is { IsDone: false } && running.Condition?.Invoke() != false;
        if (canGoOn)
        {
            _options.Add(running!.Index);
        }

        if (!canGoOn || _preemptions < _maxPreemptions)
        {
            foreach (Slot thread in _threads)
            {
                if (!thread.IsDone && !ReferenceEquals(thread, running) && thread.Condition?.Invoke() != false)
                {
                    _options.Add(thread.Index);
                }
            }
        }

        if (_options.Count == 0)
        {
            return null;
        }

        int chosen = 0;
        if (_options.Count > 1)
        {
            if (_depth == _path.Count)
            {
                _path.Add((0, _options.Count));
            }

            chosen = _path[_depth++].Chosen;
        }

        if (canGoOn && chosen > 0)
        {
            _preemptions++;
        }

        return _threads[_options[chosen]];
    }

    private bool NextPath()
    {
        while (_path.Count > 0)
        {
            (int chosen, int options) = _path[^1];
            if (chosen + 1 < options)
            {
                _path[^1] = (chosen + 1, options);
                return true;
            }

            _path.RemoveAt(_path.Count - 1);
        }

        return false;
    }

    private void EndThreads()
    {
        foreach (Slot thread in _threads)
        {
            thread.Begin(null);
            thread.Baton.Release();
        }
    }

    /// <summary>One logical thread, on an operating-system thread that is kept from run to run.</summary>
    private sealed class Slot
    {
        private readonly Explorer _explorer;
        private Action? _action;

        public Slot(Explorer explorer, int index)
        {
            _explorer = explorer;
            Index = index;
            new Thread(RunThread) { IsBackground = true, Name = $"explorer {index}" }.Start();
        }

        public int Index { get; }

        public SemaphoreSlim Baton { get; } = new(0);

        public Func<bool>? Condition { get; set; }

        public bool IsDone { get; set; }

        public void Begin(Action? action)
        {
            _action = action;
            IsDone = false;
        }

        private void RunThread()
        {
            _current = this;
            while (true)
            {
                Baton.Wait();
                if (_action is null)
                {
                    return;
                }

                Exception? error = null;
                try
                {
                    _action();
                }
                catch (Exception thrown)
                {
                    error = thrown;
                }

                _explorer.End(this, error);
            }
        }
    }
}
