using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Sees whether the application still asks for records (max.poll.interval). Reading costs one plain write of a counter; the loop looks at it four times in an
/// interval, so an absence is found within five quarters of one. A reader that waits for records is not absent. Owner: the session's loop.
/// </summary>
internal sealed class PollWatch(ConsumerSession session, Action onAbsent) : LoopTimer
{
    private const int Looks = 4;

    private long _seen;
    private TimeSpan _since;

    public void Begin()
    {
        _seen = session.Asks;
        _since = session.Loop.Now;
        session.Loop.Arm(this, session.Loop.Now + (session.Options.MaxPollInterval / Looks));
    }

    protected internal override void OnDue()
    {
        TimeSpan now = session.Loop.Now;
        long asks = session.Asks;
        if (asks != _seen || session.IsReaderWaiting)
        {
            _seen = asks;
            _since = now;
        }
        else if (now - _since >= session.Options.MaxPollInterval)
        {
            session.AwaitReturn();
            onAbsent();
            return;
        }

        session.Loop.Arm(this, now + (session.Options.MaxPollInterval / Looks));
    }
}
