namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>Partitions that are being given up: closed already, and waited for until their last offsets are settled. Owner: the pipeline.</summary>
internal sealed class GiveUp(List<CursorSlot> open, TimeSpan deadline, Action<KafkaException?> onDone)
{
    /// <summary>Those that are not settled.</summary>
    public List<CursorSlot> Open { get; } = open;

    /// <summary>When it ends in any case, on the loop's clock.</summary>
    public TimeSpan Deadline { get; } = deadline;

    /// <summary>Told once, on the loop: null, or what was not committed and why.</summary>
    public Action<KafkaException?> OnDone { get; } = onDone;

    /// <summary>The first thing that was not committed.</summary>
    public KafkaException? Failure { get; set; }
}
