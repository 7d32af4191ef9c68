using System.Runtime.ExceptionServices;
using System.Text;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One thread runs everything: of the sources with work one is chosen by the seed, it runs one thing, and so on. When none has work, virtual time
/// jumps to the next due event. So a run is a function of the seed and the program.
/// </summary>
internal sealed class SimulationScheduler
{
    private readonly RandomSource _random;
    private readonly List<SimulatedSource> _ready = [];
    private readonly List<SimulatedSource> _all = [];

    /// <summary>What is due in virtual time: loops' alarms, timers, deliveries.</summary>
    private readonly TimerHeap _events = new();

    private readonly int _thread = Environment.CurrentManagedThreadId;

    private ExceptionDispatchInfo? _failure;

    /// <summary>Written by the thread that does not belong here.</summary>
    private volatile Exception? _escape;

    public SimulationScheduler(ulong seed, EventLog log)
    {
        _random = new RandomSource(seed);
        Log = log;
    }

    public EventLog Log { get; }

    public TimeSpan Now { get; private set; }

    public long Steps { get; private set; }

    public ulong NextId => (ulong)_all.Count + 1;

    /// <summary>The seed's choices for what is not the order of things: whether an idle loop is entered at once, and the like.</summary>
    public RandomSource Random => _random;

    public void Add(SimulatedSource source) => _all.Add(source);

    /// <summary>Every way into the simulation comes through here: work from another thread would make the order depend on the real machine.</summary>
    public void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            InvalidOperationException error = new(
                "Work came into the simulation from another thread. Something left it: Task.Run, a real timer, a real socket, or a continuation " +
                "that was sent to the thread pool (ConfigureAwait(false) on a task that the application's context completes).");
            _escape = error;
            throw error;
        }
    }

    public void MakeReady(SimulatedSource source)
    {
        CheckThread();
        if (source.ReadyIndex < 0)
        {
            source.ReadyIndex = _ready.Count;
            _ready.Add(source);
        }
    }

    /// <summary>Arms an event at an absolute time; it fires on the simulation's thread, between two steps, and only makes sources ready.</summary>
    public void Arm(LoopTimer timer, TimeSpan due)
    {
        CheckThread();
        _events.Arm(timer, due < Now ? Now : due);
    }

    public void Disarm(LoopTimer timer) => _events.Disarm(timer);

    /// <summary>An item threw: the run ends with that exception.</summary>
    public void Fail(Exception error) => _failure ??= ExceptionDispatchInfo.Capture(error);

    /// <summary>Runs one thing, or moves time. False: there is nothing to run and nothing will ever be due.</summary>
    public bool Step()
    {
        _failure?.Throw();
        if (_escape is not null)
        {
            throw new InvalidOperationException(_escape.Message, _escape);
        }

        if (_ready.Count == 0)
        {
            return Advance();
        }

        Steps++;
        SimulatedSource source = _ready[_ready.Count == 1 ? 0 : _random.Next(_ready.Count)];
        SimulatedSource last = _ready[^1];
        _ready[source.ReadyIndex] = last;
        last.ReadyIndex = source.ReadyIndex;
        _ready.RemoveAt(_ready.Count - 1);
        source.ReadyIndex = -1;
        Log.Add(SimulatedEventKind.Step, source.Id);
        source.RunOne();
        _failure?.Throw();
        return true;
    }

    /// <summary>Runs until <paramref name="isDone"/>, within bounds.</summary>
    public void Run(Func<bool> isDone, TimeSpan limit, long maxSteps)
    {
        CheckThread();
        TimeSpan end = Now + limit;
        long lastStep = Steps + maxSteps;
        while (!isDone())
        {
            if (!Step())
            {
                throw new SimulationDeadlockException(
                    "The application waits, nothing can run, and no timer or delivery will ever be due." + Environment.NewLine + Describe());
            }

            if (Now > end)
            {
                throw new TimeoutException($"The application is not complete after {limit} of virtual time.{Environment.NewLine}{Describe()}");
            }

            if (Steps > lastStep)
            {
                throw new TimeoutException(
                    $"The application is not complete after {maxSteps} steps; something may run in circles.{Environment.NewLine}{Describe()}");
            }
        }
    }

    /// <summary>Runs until nothing is ready and nothing is due before <paramref name="until"/>; time then stands there.</summary>
    public void RunUntil(TimeSpan until)
    {
        CheckThread();
        while (_ready.Count > 0 || _events.EarliestDue <= until)
        {
            Step();
        }

        _failure?.Throw();
        if (Now < until)
        {
            MoveTo(until);
        }
    }

    private bool Advance()
    {
        if (_events.Count == 0)
        {
            return false;
        }

        if (_events.EarliestDue > Now)
        {
            MoveTo(_events.EarliestDue);
        }

        // All that is due now becomes ready before the seed chooses among it. What they arm for now comes with the next call.
        for (int left = _events.Count; left > 0 && _events.TryTakeDue(Now, out LoopTimer due); left--)
        {
            due.OnDue();
        }

        return true;
    }

    private void MoveTo(TimeSpan time)
    {
        Now = time;
        Log.Add(SimulatedEventKind.Advance, (ulong)time.Ticks);
    }

    private string Describe()
    {
        StringBuilder text = new();
        text.Append($"virtual time {Now}, {Steps} steps, log {Log.Hash:x16}, {_ready.Count} ready, {_events.Count} events");
        foreach (SimulatedSource source in _all)
        {
            text.AppendLine().Append($"  {source.Name}: {source.Describe()}");
        }

        return text.ToString();
    }
}
