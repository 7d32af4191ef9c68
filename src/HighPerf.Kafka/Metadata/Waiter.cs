namespace HighPerf.Kafka.Metadata;

/// <summary>Who waits for a look-up. Told exactly once, on the client's control loop, at the latest soon after its deadline.</summary>
internal abstract class Waiter<T>
{
    /// <param name="timeout">From the moment the look-up hears of the waiter.</param>
    protected Waiter(TimeSpan timeout) => Timeout = timeout;

    public TimeSpan Timeout { get; }

    /// <summary>How long the brokers may say that there is no such topic before the waiter believes them. Default: to the deadline.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.MaxValue;

    /// <summary>Since when they say so, on the control loop's clock; null: they do not. Owner: the look-up.</summary>
    internal TimeSpan? MissingSince { get; set; }

    /// <summary>On the control loop's clock. Owner: the look-up.</summary>
    internal TimeSpan Deadline { get; set; }

    /// <summary>Whether nobody cares any more; the look-up then drops the waiter without telling it.</summary>
    public virtual bool IsDetached => false;

    public abstract void OnResult(T result);

    public abstract void OnFailed(KafkaException error);
}
