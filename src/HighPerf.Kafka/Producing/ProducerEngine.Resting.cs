using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>Pools give back what the load does not take any more, and nearly all when there is no load. Everything here is owned by the loop.</summary>
internal sealed partial class ProducerEngine
{
    /// <summary>Of what is not used, half goes with each look: without work, a burst's memory is gone in some ten seconds.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Looks of a producer at work that are one: long beside the swings of its load, or memory would be given back and taken anew with each (measured with one
    /// look: 0.2 bytes allocated for a 100-byte record).
    /// </summary>
    private const int LooksAtWork = 10;

    private readonly RestTimer _rest;
    private int _turns; // owner: the loop; counts its turns
    private int _turnsAtLook; // owner: the loop
    private int _looks; // owner: the loop; since memory was given back

    // A turn of the loop: something goes on, so that pools fill.
    private void BeginResting()
    {
        _turns++;
        if (!_rest.IsArmed)
        {
            Loop.Arm(_rest, Loop.Now + LookInterval);
        }
    }

    private void GiveBackUnused()
    {
        bool isIdle = _turns == _turnsAtLook && Memory.Used == 0;
        _turnsAtLook = _turns;
        _looks++;
        if (isIdle || _looks == LooksAtWork)
        {
            _looks = 0;
            Segments.ReleaseUnused();
        }

        if (isIdle && Segments.IdleBytes == 0)
        {
            // Nothing is left to give back but these; the next turn begins anew.
            ForgetSpares();
            return;
        }

        Loop.Arm(_rest, Loop.Now + LookInterval);
    }

    private sealed class RestTimer(ProducerEngine engine) : LoopTimer
    {
        protected internal override void OnDue() => engine.GiveBackUnused();
    }
}
