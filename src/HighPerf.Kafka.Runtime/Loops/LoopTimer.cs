namespace HighPerf.Kafka.Runtime;

/// <summary>A timer of one loop, made once by its user and armed as often as needed. Owner: the loop.</summary>
internal abstract class LoopTimer
{
    /// <summary>The place in the loop's heap; -1 when not armed. Owner: the loop.</summary>
    internal int HeapIndex { get; set; } = -1;

    /// <summary>When it fires. Owner: the loop.</summary>
    internal TimeSpan Due { get; set; }

    /// <summary>Breaks ties between equal due times in arming order. Owner: the loop.</summary>
    internal long Order { get; set; }

    /// <summary>Whether the timer is armed.</summary>
    public bool IsArmed => HeapIndex >= 0;

    /// <summary>Runs on the loop when the time has come; the timer is not armed any more and may be armed again.</summary>
    protected internal abstract void OnDue();
}
