using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>Pools give back what the load does not take any more, and nearly all when there is no load. Everything here is owned by the loop.</summary>
internal sealed partial class ProducerEngine
{
    /// <summary>
    /// A producer that had nothing to do between two looks gives back all, and is not looked at any more: each look wakes a thread, and on a busy machine what
    /// that spins is tens of context switches (measured with a look each second: 100 to 280 in a second, against 5 to 50 without).
    /// </summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// So many looks apart a producer at work gives back half of what it does not use: long beside the swings of its load, or memory would be given back and
    /// taken anew with each (measured with a second: 0.2 bytes allocated for a 100-byte record).
    /// </summary>
    private const int LooksAtWork = 2;

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
        if (isIdle)
        {
            Segments.ReleaseIdle();
            ForgetSpares();
            return; // the next turn begins anew
        }

        _looks++;
        if (_looks == LooksAtWork)
        {
            _looks = 0;
            Segments.ReleaseUnused();
        }

        Loop.Arm(_rest, Loop.Now + LookInterval);
    }

    private sealed class RestTimer(ProducerEngine engine) : LoopTimer
    {
        protected internal override void OnDue() => engine.GiveBackUnused();
    }
}
