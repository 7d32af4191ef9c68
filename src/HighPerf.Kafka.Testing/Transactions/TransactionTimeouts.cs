using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>
/// Looks for transactions that are open for too long, at the fixed times at which a real coordinator does. Not armed while no transaction is open. Owner: the
/// cluster's loop.
/// </summary>
internal sealed class TransactionTimeouts : LoopTimer
{
    private readonly EventLoop _loop;
    private readonly Func<bool> _abort;
    private readonly long _intervalTicks;

    /// <param name="abort">Aborts what is due; true while something is open.</param>
    public TransactionTimeouts(EventLoop loop, TimeSpan interval, Func<bool> abort)
    {
        _loop = loop;
        _abort = abort;
        _intervalTicks = interval.Ticks;
    }

    /// <summary>A transaction is open.</summary>
    public void Require()
    {
        if (!IsArmed)
        {
            _loop.Arm(this, TimeSpan.FromTicks(((_loop.Now.Ticks / _intervalTicks) + 1) * _intervalTicks));
        }
    }

    protected internal override void OnDue()
    {
        if (_abort())
        {
            Require();
        }
    }
}
