using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class RecordClockTests
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    private readonly CountedEnvironment _environment = new();
    private RecordClock _clock;

    [Fact]
    public void Records_that_come_seldom_have_the_exact_time()
    {
        for (int i = 0; i < 1000; i++)
        {
            _environment.Advance(TimeSpan.FromMicroseconds(250));
            Assert.Equal(_environment.Now.ToUnixTimeMilliseconds(), _clock.Now(_environment));
        }
    }

    [Fact]
    public void Records_that_come_quickly_share_a_reading_and_are_a_quarter_of_a_millisecond_late_at_most()
    {
        for (int i = 0; i < 100_000; i++)
        {
            _environment.Advance(TimeSpan.FromMicroseconds(2));
            long late = (_environment.Now - TimeSpan.FromMicroseconds(252)).ToUnixTimeMilliseconds();
            Assert.InRange(_clock.Now(_environment), late, _environment.Now.ToUnixTimeMilliseconds());
        }

        Assert.InRange(_environment.Readings, 1, 100_000 / 32);
    }

    [Fact]
    public void A_rate_that_breaks_off_does_not_make_the_next_record_older_than_a_tick()
    {
        for (int round = 0; round < 100; round++)
        {
            for (int i = 0; i < 50; i++)
            {
                _environment.Advance(TimeSpan.FromMicroseconds(1));
                _clock.Now(_environment);
            }

            _environment.Advance(TimeSpan.FromMilliseconds(1 + (round % 40)));
            long oldest = _environment.Now.ToUnixTimeMilliseconds() - CountedEnvironment.TickMilliseconds;
            Assert.InRange(_clock.Now(_environment), oldest, _environment.Now.ToUnixTimeMilliseconds());
        }
    }

    [Fact]
    public void A_clock_that_is_set_back_is_followed()
    {
        _clock.Now(_environment);
        _environment.Advance(TimeSpan.FromHours(-1));
        Assert.Equal(_environment.Now.ToUnixTimeMilliseconds(), _clock.Now(_environment));
    }

    /// <summary>Time that a test moves, with a tick of 4 milliseconds, as Linux often has it.</summary>
    private sealed class CountedEnvironment : RuntimeEnvironment
    {
        public const int TickMilliseconds = 4;

        private readonly CountedTime _time = new();

        public DateTimeOffset Now => _time.Now;

        public int Readings => _time.Readings;

        public override TimeProvider Time => _time;

        public override long TickCount => _time.Now.ToUnixTimeMilliseconds() / TickMilliseconds * TickMilliseconds;

        public override WorkExecutor Executor => throw new NotSupportedException();

        public void Advance(TimeSpan time) => _time.Now += time;

        public override EventLoop CreateLoop(string name, LoopKind kind) => throw new NotSupportedException();

        public override void ReleaseLoop(EventLoop loop) => throw new NotSupportedException();

        public override RandomSource CreateRandom(string name) => throw new NotSupportedException();
    }

    private sealed class CountedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Begin;

        public int Readings { get; private set; }

        public override DateTimeOffset GetUtcNow()
        {
            Readings++;
            return Now;
        }
    }
}
